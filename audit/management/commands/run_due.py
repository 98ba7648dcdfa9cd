import logging
import time

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections

from audit import delivery

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Do what is due and deliver what waits, without Redis: the second tick beside Celery's."

    def add_arguments(self, parser):
        parser.add_argument("--every", type=float, help="repeat every so many seconds until stopped")

    def handle(self, *, every=None, **_):
        if not every:
            return self._look()
        while True:
            try:
                self._look()
            except (OperationalError, InterfaceError) as lost:  # the database is being restarted; the rows wait there
                log.warning("the second tick waits for the database", extra={"cause": type(lost).__name__})
                close_old_connections()
            time.sleep(every)

    def _look(self):
        done = delivery.tick()
        if any(done.values()):
            self.stdout.write("到期事项 {due} 件，补投递 {swept} 件，送出 {carried} 件".format(**done))
