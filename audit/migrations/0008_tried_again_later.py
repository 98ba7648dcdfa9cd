from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_the_lock_is_the_claim")]

    operations = [
        migrations.AddField("due", "try_after", models.DateTimeField(null=True)),
        migrations.AddField("outbox", "try_after", models.DateTimeField(null=True)),
    ]
