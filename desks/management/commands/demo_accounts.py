import unicodedata

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from desks.demo import accounts
from desks.demo.clock import Clock

HEAD = ("账号", "身份", "姓名", "所在机构", "可以看到什么")


class Command(BaseCommand):
    help = "Print the demo accounts: account name, role, person, place."

    def handle(self, **_):
        if not settings.DEMO:
            raise CommandError("演示账号只在演示环境中列出（DEMO=true）。")
        rows = accounts.listing(Clock.for_day(None, timezone.now()))
        if not rows:
            self.stdout.write("还没有演示账号，请先运行 manage.py seed_demo。")
            return
        widths = [max(_width(row[column]) for row in [HEAD, *rows]) for column in range(len(HEAD) - 1)]
        for row in [HEAD, *rows]:
            columns = [text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=False)]
            self.stdout.write("  ".join([*columns, row[-1]]).rstrip())
        self.stdout.write(f"密码都是 {accounts.password()}，登录页也可以一键进入。")


def _width(text):
    """Chinese characters take two columns of a terminal."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
