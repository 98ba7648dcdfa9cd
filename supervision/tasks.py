"""Each night every district is asked for what breaks a rule; the asking itself is a row that falls due."""

from celery import shared_task
from django.utils import timezone

from kernel.actors import system
from supervision import services


@shared_task
def nightly(**_):
    return services.plan_nightly(by=system("supervision.nightly"), now=timezone.now())
