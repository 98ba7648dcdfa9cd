"""``./run test``: the suite on servers of its own, so that two runs at once never meet."""

import os
import tempfile
from pathlib import Path

from devtools import assets, servers
from devtools.console import PYTHON, Failed, say
from devtools.processes import Household, in_foreground, leave_on_sigterm

WORKERS = 2


def main(arguments):
    leave_on_sigterm()
    home = Path(tempfile.mkdtemp(prefix="hudaojia-test-"))
    home.chmod(0o711)
    try:
        assets.sync()
        with Household(home / "logs") as household:
            household.folders.append(home)
            urls = servers.provide(household, data=home / "postgres", durable=False, prefer_system=True)
            environment = {**os.environ, **urls, "DJANGO_SETTINGS_MODULE": "nursing_platform.settings.test"}
            # The whole suite runs in parallel, one file in one worker; with arguments the caller decides.
            chosen = arguments or ["-n", WORKERS, "--dist", "loadfile", "--no-loadscope-reorder"]
            return in_foreground([PYTHON, "-m", "pytest", *chosen], env=environment)
    except Failed as failed:
        say(failed)
        return 1
    except KeyboardInterrupt:
        return 130
