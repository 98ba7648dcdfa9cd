from django.db import migrations

import accounts.sealed
from accounts.migrations._sealing import move


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_names_rest_sealed"), ("nurses", "0001_initial")]
    operations = [
        migrations.RenameField("nurse", "phone", "phone_clear"),
        migrations.AddField("nurse", "phone", accounts.sealed.SealedText(about=("user_id",), blank=True, max_length=20, default="", verbose_name="工作电话"), preserve_default=False),
        move("nurses", "nurse", {"phone_clear": "phone"}),
        migrations.RemoveField("nurse", "phone_clear"),
    ]
