"""The Celery application. Tasks live in each app's ``tasks.py``."""

import logging.config
import os

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nursing_platform.settings.dev")

app = Celery("nursing_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)
# A worker that loses Redis while it holds a message would give it back over the connection that is gone, and end by
# that. What it holds comes back by itself later, and rows have long been found by the tick.
Channel.do_restore = False


@setup_logging.connect
def log_like_the_web(**_):
    """Keep the worker's log in the same JSON as the web's; connecting here stops Celery from setting up its own."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
