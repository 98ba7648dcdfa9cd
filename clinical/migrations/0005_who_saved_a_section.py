from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinical", "0004_who_agreed_to_pictures"),
    ]

    operations = [
        migrations.AddField(
            model_name="assessment",
            name="saves",
            field=models.JSONField(default=dict, verbose_name="各部分的保存"),
        ),
    ]
