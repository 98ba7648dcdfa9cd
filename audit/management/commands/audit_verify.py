"""``manage.py audit_verify``: is what is stored what was sealed? Ends with 1 when something does not hold."""

import os
import sys
import time

from django.core.management.base import BaseCommand

from audit.verification.run import verify_trace
from kernel.actors import system

WIDTH = 32


class Command(BaseCommand):
    help = "Checks events, tree, heads and the copies outside; names the first bad event."

    def add_arguments(self, parser):
        parser.add_argument(
            "--full", action="store_true", help="everything since the first event, not only what is new"
        )
        parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 4))

    def handle(self, *, full, workers, **options):
        begun = time.monotonic()
        self._shown = 0.0
        report, _ = verify_trace(
            full=full,
            workers=workers,
            by=system("audit_verify"),
            progress=self._bar if sys.stderr.isatty() else _silent,
        )
        took = time.monotonic() - begun
        rate = report.events / took if took else 0
        self.stdout.write(
            f"已核验 {report.events} 条事件、{report.heads} 次封存，到封存 #{report.up_to} 为止，"
            f"用时 {took:.1f} 秒，每秒 {rate:.0f} 条。"
        )
        if not report.findings:
            self.stdout.write("全部成立：存着的就是当初封存的。")
            return
        for found in report.findings:
            self.stdout.write(f"✗ [{found.code}] {found.sentence}")
        first = report.first_bad_event
        self.stdout.write(
            f"不成立 {len(report.findings)} 项" + (f"，第一条有问题的事件是 #{first}。" if first else "。")
        )
        sys.exit(1)

    def _bar(self, done, total):
        if time.monotonic() - self._shown < 0.2 and done < total:
            return
        self._shown = time.monotonic()
        share = done / total if total else 1
        full = round(WIDTH * share)
        self.stderr.write(f"\r[{'█' * full}{'·' * (WIDTH - full)}] {share:4.0%}  {done}/{total}", ending="")
        if done >= total:
            self.stderr.write("")


def _silent(done, total):
    """A log is no place for a moving bar."""
