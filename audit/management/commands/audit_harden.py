from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit import hardening, roles


class Command(BaseCommand):
    help = (
        "Put the database's accounts, owners, rights and the trace's triggers in place, as the administrator of "
        "ADMIN_DATABASE_URL. Run it after every migration; as often as one likes."
    )
    # The checks would complain about what this command is here to mend.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--open",
            action="store_true",
            dest="is_open",
            help="before migrations: lend the trace to migrator until the next run",
        )

    def handle(self, *, is_open, **_):
        if not settings.ADMIN_DATABASE_URL:
            raise CommandError("请设置 ADMIN_DATABASE_URL：数据库管理员连接本数据库的地址。")
        with roles.connected(settings.ADMIN_DATABASE_URL):
            try:
                wrong = roles.harden(is_open=is_open)
            except PermissionError as no:
                raise CommandError(str(no)) from no
            if wrong:
                raise CommandError("加固未完成：\n" + "\n".join(wrong))
            if is_open:
                self.stdout.write("留痕已为部署打开：迁移结束后请再次运行 manage.py audit_harden。")
            else:
                self.stdout.write(f"留痕已加固，清单摘要 {hardening.manifest()}")
