"""Django's ``migrate``: as the account that owns the tables, and afterwards every table is watched by the trace."""

from contextlib import nullcontext

from django.conf import settings
from django.core.management.commands.migrate import Command as Migrate

from audit import capture, roles


class Command(Migrate):
    help = f"{Migrate.help} Every table then has its trigger of the trace."

    def handle(self, *args, **options):
        with roles.connected(settings.MIGRATION_DATABASE_URL) if settings.MIGRATION_DATABASE_URL else nullcontext():
            return self._migrate(*args, **options)

    def _migrate(self, *args, **options):
        answer = super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            changed = capture.install()
            if changed and options["verbosity"] > 0:
                self.stdout.write(f"  {len(changed)} tables are watched by the trace anew.")
        return answer

    def migration_progress_callback(self, action, migration=None, fake=False):
        super().migration_progress_callback(action, migration, fake)
        if action in {"apply_success", "unapply_success"}:
            capture.refresh()
