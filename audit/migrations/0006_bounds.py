"""Bounds on what may be asked for: coming months, and how long an era's end may keep writers waiting."""

from django.db import migrations

from audit import sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_leaner_indexes")]
    operations = [migrations.RunSQL(sql.read("0006_bounds"), migrations.RunSQL.noop)]
