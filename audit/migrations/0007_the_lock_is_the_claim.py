from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_bounds")]

    operations = [migrations.RemoveField("due", "lease_until")]
