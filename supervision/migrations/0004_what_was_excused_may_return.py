from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0003_tours_and_decisions"),
    ]

    operations = [
        migrations.AddField(
            model_name="finding",
            name="unfound_at",
            field=models.DateTimeField(null=True, verbose_name="检查不再发现的时间"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("unfound_at__isnull", True), ("status", "excused"), _connector="OR"),
                name="finding_unfound_after_an_excuse",
            ),
        ),
    ]
