"""Django's ``migrate``, which afterwards sees that every table is watched by the trace."""

from django.core.management.commands.migrate import Command as Migrate

from audit import capture


class Command(Migrate):
    help = f"{Migrate.help} Every table then has its trigger of the trace."

    def handle(self, *args, **options):
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
