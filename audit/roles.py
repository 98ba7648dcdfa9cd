"""The database's own accounts: putting them in place, and being one of them for a while."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dj_database_url
from django.conf import settings
from django.db import connection, transaction
from psycopg2.extensions import encrypt_password

from audit import capture, hardening, sql


@contextmanager
def connected(url: str) -> Iterator[None]:
    """Be another account of the same database inside."""
    wrapper: Any = connection  # a proxy: what is set on it is set on this thread's connection
    before = wrapper.settings_dict
    wrapper.close()
    wrapper.settings_dict = {**before, **_there(url)}
    try:
        yield
    finally:
        wrapper.close()
        wrapper.settings_dict = before


def _there(url: str) -> dict[str, Any]:
    """Every part of an address, an empty one as well: the password of another account must not stay behind."""
    parts = dj_database_url.parse(url)
    return {name: parts.get(name, "") for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} | {
        "OPTIONS": {"connect_timeout": 5, **parts.get("OPTIONS", {})}
    }


def harden(*, is_open: bool = False) -> list[str]:
    """
    Put accounts, owners, rights and triggers in place, and return what is still wrong.

    Run on the connection of a superuser. Open, the trace is lent to ``migrator`` until the next run, and nothing is
    said to be right. The whole is one transaction: no session ever sees it half done.
    """
    with transaction.atomic():
        if not _is_superuser():
            raise PermissionError("数据库管理员账号须为超级用户：事件触发器只能由超级用户建立。")
        # One event for the whole run instead of one for each of its commands; nobody else sees the triggers away.
        _event_triggers("DISABLE")
        _run("SELECT set_config('audit.open', %s, true)", ["true" if is_open else "false"])
        _run(sql.read("harden"))
        _passwords()
        is_migrated = capture.is_migrated()
        if is_migrated:
            _capture()
            _run(sql.read("ddl"))
            _event_triggers("DISABLE")
            # The functions just written belong to the trace's owner like all others.
            _run(sql.read("harden"))
            for table, rights in hardening.SEALER_TABLES.items():
                _run(f"GRANT {rights} ON public.{table} TO {hardening.SEALER}")
        # Always: also while session_replication_role says that a replica is being fed.
        _event_triggers("ENABLE ALWAYS")
        if not is_migrated:
            return [] if is_open else ["数据库结构尚未建立或尚未更新：请先运行 manage.py migrate。"]
        now = hardening.facts()
        if is_open:
            _write(action="audit.opened", data={"manifest": now.digest})
            return []
        data = {
            "manifest": now.digest,
            "sealed": hardening.sealed_columns(),
            "functions": hardening.row_functions(now),
        }
        # What was opened is closed in the trace as well; a run that finds all as it left it says nothing twice.
        if hardening.last_run() != ("audit.hardened", data):
            _write(action="audit.hardened", data=data)
    return hardening.problems()


def _passwords() -> None:
    """Set the passwords that the environment gives; the server is told a digest, so its log never holds one."""
    for role, password in settings.DATABASE_PASSWORDS.items():
        if password:
            digest = encrypt_password(password, role, connection.connection, "scram-sha-256")
            _run(f"ALTER ROLE {connection.ops.quote_name(role)} PASSWORD %s", [digest])


def _capture() -> None:
    """Write every row function anew, and hang every trigger that is missing or is not as it should be."""
    hung = hardening.facts().of("trigger")
    for one in capture.watched():
        name = f"public.{one.table}"
        wanted = hardening.row_triggers(name, one.label)
        for fact in hung.get(name, ()):
            if hardening.trigger_of(fact) in wanted and fact not in wanted.values():
                table = connection.ops.quote_name(one.table)
                _run(f"DROP TRIGGER {hardening.trigger_of(fact)} ON public.{table}")
    capture.install()


def _event_triggers(what: str) -> None:
    found = _run("SELECT evtname FROM pg_event_trigger WHERE evtname = ANY (%s)", [list(hardening.EVENT_TRIGGERS)])
    for (name,) in found:
        _run(f"ALTER EVENT TRIGGER {name} {what}")


def _is_superuser() -> bool:
    return _run("SELECT current_setting('is_superuser')")[0][0] == "on"


def _write(*, action: str, data: dict[str, Any]) -> None:
    """Record the run itself, in the kind that only the trace's owner and the administrator can write."""
    _run(
        "INSERT INTO audit.event (kind, action, actor_kind, actor_id, object_type, object_id, happened_at, data)"
        " VALUES ('ddl', %s, 'database', session_user, 'hardening', 'database', clock_timestamp(), %s)",
        [action, json.dumps(data)],
    )


def _run(command: str, arguments: list | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(command, arguments)
        return cursor.fetchall() if cursor.description else []
