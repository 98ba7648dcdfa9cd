from django.db import migrations, models

import accounts.sealed
from accounts.migrations._sealing import move


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_names_rest_sealed"), ("patients", "0001_initial")]
    operations = [
        migrations.RemoveConstraint("consent", "glass_and_paper_leave_a_mark"),
        migrations.RenameField("patient", "name", "name_clear"),
        migrations.RenameField("patient", "contact_name", "contact_name_clear"),
        migrations.AddField("patient", "name", accounts.sealed.SealedText(max_length=40, default="", verbose_name="姓名"), preserve_default=False),
        migrations.AddField("patient", "contact_name", accounts.sealed.SealedText(blank=True, max_length=40, default="", verbose_name="紧急联系人"), preserve_default=False),
        migrations.AddField("patient", "name_index", accounts.sealed.BlindIndex(of="name", default=""), preserve_default=False),
        move("patients", "patient", {"name_clear": "name", "contact_name_clear": "contact_name"}, also=("name_index",)),
        migrations.RemoveField("patient", "name_clear"),
        migrations.RemoveField("patient", "contact_name_clear"),
        migrations.RenameField("address", "access_note", "access_note_clear"),
        migrations.AddField("address", "access_note", accounts.sealed.SealedText(blank=True, max_length=120, default="", verbose_name="上门提示"), preserve_default=False),
        move("patients", "address", {"access_note_clear": "access_note"}),
        migrations.RemoveField("address", "access_note_clear"),
        migrations.RenameField("consent", "signer_name", "signer_name_clear"),
        migrations.RenameField("consent", "strokes", "strokes_clear"),
        migrations.AddField("consent", "signer_name", accounts.sealed.SealedText(max_length=40, default="", verbose_name="签署人"), preserve_default=False),
        migrations.AddField("consent", "strokes", accounts.sealed.SealedText(blank=True, default="", verbose_name="笔迹"), preserve_default=False),
        move("patients", "consent", {"signer_name_clear": "signer_name", "strokes_clear": "strokes"}),
        migrations.RemoveField("consent", "signer_name_clear"),
        migrations.RemoveField("consent", "strokes_clear"),
        migrations.AddConstraint(
            "consent",
            models.CheckConstraint(
                name="glass_and_paper_leave_a_mark",
                condition=models.Q(("method", "typed"), models.Q(("strokes", ""), _negated=True), ("picture__isnull", False), _connector="OR"),
            ),
        ),
    ]
