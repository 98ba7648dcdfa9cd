from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('followups', '0002_what_the_hospital_said'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='discharge',
            name='discharge_once_a_day_and_hospital',
        ),
        migrations.AddConstraint(
            model_name='discharge',
            constraint=models.UniqueConstraint(fields=('patient', 'centre', 'discharged_on', 'hospital'), name='discharge_once_a_day_hospital_and_centre'),
        ),
    ]
