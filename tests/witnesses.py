"""The witness as a process of its own: started, asked where it listens, ended."""

import re
import signal
import subprocess
import sys
from pathlib import Path

from audit.standalone import witness

PROGRAM = Path(witness.__file__)


class Running:
    """One witness's folder and its process; a port that it was given once is asked for again."""

    def __init__(self, folder):
        self.folder, self.process, self.port = folder, None, 0

    def start(self, *arguments, **options):
        self.errors = (self.folder / "stderr").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, "serve", "--folder", self.folder, "--port", str(self.port), *arguments],
            stdout=subprocess.PIPE, stderr=self.errors, text=True, **options,
        )  # fmt: skip
        found = re.search(r"http://127\.0\.0\.1:(\d+) ", self.process.stdout.readline())
        assert found, (self.folder / "stderr").read_text()
        self.port = int(found[1])
        return self

    def stop(self, number=signal.SIGTERM):
        if self.process:
            self.process.send_signal(number)
            self.process.wait(10)
            self.process.stdout.close()
            self.errors.close()
            self.process = None
