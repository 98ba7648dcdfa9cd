import time

from django.core.management.base import BaseCommand
from django.utils import timezone

from audit import delivery


class Command(BaseCommand):
    help = "Do what is due and deliver what waits, without Redis: the second tick beside Celery's."

    def add_arguments(self, parser):
        parser.add_argument("--every", type=float, help="repeat every so many seconds until stopped")

    def handle(self, *, every=None, **_):
        while True:
            due, swept = delivery.run_due(now=timezone.now()), delivery.sweep()
            self.stdout.write(f"到期事项 {due} 件，补投递 {swept} 件")
            if not every:
                return
            time.sleep(every)
