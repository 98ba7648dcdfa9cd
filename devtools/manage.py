"""``./run manage <arguments>``: manage.py against the demo's database, whether the demo runs or not."""

import os

from devtools import demo
from devtools.console import PYTHON, ROOT, Failed, say
from devtools.processes import Household, in_foreground, leave_on_sigterm


def main(arguments):
    leave_on_sigterm()
    command = [PYTHON, ROOT / "manage.py", *arguments]
    try:
        with demo.only_one() as is_mine:
            if not is_mine:
                note = demo.running()
                if not note:
                    raise Failed("a demo is starting in this folder; try again in a moment")
                urls = {name: note[name] for name in ("DATABASE_URL", "REDIS_URL")}
                settings = os.environ.get("DJANGO_SETTINGS_MODULE") or "nursing_platform.settings.dev"
                return in_foreground(command, env={**os.environ, **urls, "DJANGO_SETTINGS_MODULE": settings})
            with Household(demo.HOME / "logs") as household:
                return in_foreground(command, env=demo.provide(household))
    except Failed as failed:
        say(failed)
        return 1
    except KeyboardInterrupt:
        return 130
