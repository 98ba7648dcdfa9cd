from django.db import migrations

import accounts.sealed
from accounts.migrations._sealing import move


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_names_rest_sealed"), ("notifications", "0001_initial")]
    operations = [
        migrations.RenameField("message", "text", "text_clear"),
        migrations.AddField("message", "text", accounts.sealed.SealedText(about=("event_id", "person_id", "template"), max_length=300, default="", verbose_name="内容"), preserve_default=False),
        move("notifications", "message", {"text_clear": "text"}),
        migrations.RemoveField("message", "text_clear"),
    ]
