"""``./run lock``: resolve the dependencies again and write the hash-locked files, without any index's address."""

import subprocess

from devtools import bootstrap
from devtools.console import ROOT, say

# Each file is held to the versions of the one before it, so that tests run on what production runs on.
LOCKS = {
    "run": [],
    "worker": ["--extra", "planning", "--constraint", "requirements/run.txt"],
    "demo": ["--extra", "planning", "--extra", "demo", "--constraint", "requirements/worker.txt"],
    "dev": ["--extra", "planning", "--extra", "demo", "--extra", "dev", "--constraint", "requirements/demo.txt"],
    "bench": ["--extra", "planning", "--extra", "demo", "--extra", "bench", "--constraint", "requirements/dev.txt"],
}
# Tools that bootstrap needs before, or only sometimes.
TOOLS = {"uv": "uv", "node": "node"}
COMMON = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header", "-q"]


def main(arguments):
    uv = bootstrap.uv()
    for name, options in LOCKS.items():
        _compile(uv, name, ["pyproject.toml", *options, *arguments])
    for name, group in TOOLS.items():
        _compile(uv, name, ["--group", f"pyproject.toml:{group}", *arguments])
    return 0


def _compile(uv, name, options):
    target = f"requirements/{name}.txt"
    command = [uv, "pip", "compile", *COMMON, "--no-annotate", *options, "--output-file", target]
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)
    say(f"wrote {target}")
