"""Standard library only: make ``.venv`` from the hash-locked requirements, then hand over to it."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = ROOT / "requirements"
COMMANDS = {"demo": "demo", "manage": "demo", "test": "dev", "check": "dev", "bench": "bench", "lock": "dev"}
USAGE = "usage: ./run demo | test [pytest arguments] | check | manage <arguments> | bench [arguments] | lock"


def say(*words):
    print("[bootstrap]", *words, flush=True)


def call(*command):
    # UV_SYSTEM_CERTS: offices with their own certificate authority put it into the system's store only.
    environment = {"UV_SYSTEM_CERTS": "1", "UV_NO_PROGRESS": "1", **os.environ}
    subprocess.run([str(part) for part in command], check=True, env=environment)


def stamp_of(name):
    content = (LOCKS / f"{name}.txt").read_bytes() + sys.version.encode()
    return VENV / f".stamp-{name}", hashlib.sha256(content).hexdigest()


def is_installed(name):
    """Tell whether this lock, or the development lock that contains it, is what stands in ``.venv``."""
    for candidate in {name, "dev"} if name in {"run", "demo"} else {name}:
        stamp, wanted = stamp_of(candidate)
        if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
            return True
    return False


def make_venv():
    if PYTHON.exists():
        answer = subprocess.run([PYTHON, "-c", "import sys; print(sys.version)"], capture_output=True, text=True)
        if answer.returncode == 0 and answer.stdout.strip() == sys.version.strip():
            return
    say("making .venv with Python", sys.version.split()[0])
    try:
        call(sys.executable, "-m", "venv", "--clear", VENV)
    except subprocess.CalledProcessError:
        uv = shutil.which("uv")
        if not uv:
            sys.exit("`python3 -m venv` did not work: install Debian's python3-venv package, or uv.")
        call(uv, "venv", "--clear", "--seed", "-q", "--python", sys.executable, VENV)


def uv():
    """Return the project's own uv, from its own lock: pip alone needs a minute for what uv does in seconds."""
    program = VENV / "bin" / "uv"
    stamp, wanted = stamp_of("uv")
    if not (program.exists() and stamp.exists() and stamp.read_text() == wanted):
        pip = [PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
        call(*pip, "-r", LOCKS / "uv.txt")
        stamp.write_text(wanted)
    borrow_pip_index()
    return program


def borrow_pip_index():
    """Let uv use the package mirror that pip is set to on this machine; uv itself does not read pip's settings."""
    if any(name in os.environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        return
    pip = [PYTHON, "-m", "pip", "config", "get", "global.index-url"]
    index = os.environ.get("PIP_INDEX_URL") or subprocess.run(pip, capture_output=True, text=True).stdout.strip()
    if index:
        os.environ["UV_DEFAULT_INDEX"] = index


def ensure(name):
    if is_installed(name):
        return
    VAR.mkdir(exist_ok=True)
    with (VAR / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_installed(name):
            return
        begun = time.monotonic()
        make_venv()
        say(f"installing requirements/{name}.txt")
        call(uv(), "pip", "install", "-q", "--python", PYTHON, "--require-hashes", "-r", LOCKS / f"{name}.txt")
        stamp, wanted = stamp_of(name)
        stamp.write_text(wanted)
        say(f"dependencies are in place ({time.monotonic() - begun:.0f} s)")


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command not in COMMANDS:
        sys.exit(USAGE)
    os.chdir(ROOT)
    with contextlib.suppress(KeyError):
        # With it every start compiles the whole of Django again: 4.9 s of CPU against 1.8 s.
        del os.environ["PYTHONDONTWRITEBYTECODE"]
    try:
        ensure(COMMANDS[command])
    except subprocess.CalledProcessError as failed:
        sys.exit(f"not done: {' '.join(failed.cmd)}")
    except KeyboardInterrupt:
        sys.exit(130)
    os.execv(PYTHON, [str(PYTHON), "-m", "devtools", *sys.argv[1:]])


if __name__ == "__main__":
    main()
