from django.db import migrations

import accounts.sealed
from accounts.migrations._sealing import move


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.RenameField("user", "display_name", "display_name_clear"),
        migrations.AddField("user", "display_name", accounts.sealed.SealedText(about=("username",), max_length=40, default="", verbose_name="姓名"), preserve_default=False),
        migrations.AddField("user", "name_index", accounts.sealed.BlindIndex(of="display_name", default=""), preserve_default=False),
        move("accounts", "user", {"display_name_clear": "display_name"}, also=("name_index",)),
        migrations.RemoveField("user", "display_name_clear"),
    ]
