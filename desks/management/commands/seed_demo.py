import time
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from desks.demo import seed as demo


class Command(BaseCommand):
    help = "Fill an empty database with the demonstration: a fictitious district at work."

    # For tests: where DEMO is off, and with fewer centres.
    stealth_options = ("anywhere", "centres")

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=2026, help="the same number brings the same people")
        parser.add_argument("--requests", type=int, default=300)
        parser.add_argument("--as-of", type=date.fromisoformat, help="the day that counts as today")
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing where the demonstration is there already"
        )

    def handle(self, *, seed=2026, requests=300, as_of=None, if_empty=False, anywhere=False, centres=47, **_):
        if if_empty and demo.is_there():
            self.stdout.write("演示数据已在，保持不变。")
            return
        try:
            demo.demand_allowed(requests=requests, as_of=as_of, anywhere=anywhere)
        except demo.NotHere as no:
            raise CommandError(str(no)) from no
        began = time.monotonic()

        def say(what):
            self.stdout.write(f"[{time.monotonic() - began:5.1f} s] {what}")

        census = demo.build(seed=seed, as_of=as_of, requests=requests, now=timezone.now(), say=say, centres=centres)
        for title, counts in (("服务申请", census.requests), ("服务订单", census.orders)):
            self.stdout.write(f"{title} {sum(counts.values())} 份")
            for label, many in counts.items():
                self.stdout.write(f"  {label} {many}")
        say("完成")
