from django.db import migrations


class Migration(migrations.Migration):
    """How long a nurse has to answer is the district's setting; the institutions' own number was never read."""

    dependencies = [("institutions", "0003_credit_codes")]
    operations = [migrations.RemoveField("profile", "accept_by_minutes")]
