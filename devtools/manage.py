"""``./run manage <arguments>``: manage.py against the demo's database, whether the demo runs or not."""

import os

from devtools import demo, servers, witness
from devtools.console import PYTHON, ROOT, Failed, say
from devtools.processes import Household, in_foreground, leave_on_sigterm


def main(arguments):
    leave_on_sigterm()
    try:
        with demo.only_one() as is_mine:
            if not is_mine:
                note = demo.running()
                if not note:
                    raise Failed("a demo is starting in this folder; try again in a moment")
                urls = {name: note[name] for name in (*servers.ACCOUNTS, "REDIS_URL", *witness.NAMES) if name in note}
                settings = os.environ.get("DJANGO_SETTINGS_MODULE") or "nursing_platform.settings.dev"
                return manage(arguments, {**os.environ, **urls, "DJANGO_SETTINGS_MODULE": settings})
            with Household(demo.HOME / "logs") as household:
                environment = demo.provide(household)
                if arguments and arguments[0] in {"audit_verify", "audit_sealer"}:
                    witness.start(household, demo.HOME, environment)  # it is asked what it remembers
                return manage(arguments, environment)
    except Failed as failed:
        say(failed)
        return 1
    except KeyboardInterrupt:
        return 130


def manage(arguments, environment):
    """Run the command as the account of the database that it is meant for."""
    name = arguments[0] if arguments else ""
    if name == "migrate" and "ADMIN_DATABASE_URL" in environment:
        steps = [["audit_harden", "--open"], arguments, ["audit_harden"]]
    else:
        steps = [arguments]
        if name == "audit_sealer" and "SEALER_DATABASE_URL" in environment:
            environment = demo.of_account(environment, "SEALER_DATABASE_URL")
        elif name != "audit_harden":
            environment = demo.of_account(environment)
    # Every step is taken: what was opened is closed again, also after a migration that failed.
    codes = [in_foreground([PYTHON, ROOT / "manage.py", *step], env=environment) for step in steps]
    return next((code for code in codes if code), 0)
