"""
What keeps the trace append-only inside the database: what is there, and what should be.

Nobody in the database can be kept from everything: a superuser can take any of this away. So it is compared with what
should be, by anyone who may read the catalogues, and every night a digest of it becomes an event, which is sealed.
"""

import hashlib
import importlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import connection

from audit import capture, services, sql
from kernel.actors import system

OWNER, MIGRATOR, APP, SEALER, AUDITOR = "audit_owner", "migrator", "app", "sealer", "auditor"
UNHARDENED = "留痕数据库尚未加固：请由数据库管理员运行 manage.py audit_harden。"
EVENT_TRIGGERS = {
    "audit_ddl": "A ddl_command_end audit.note_ddl superuser",
    "audit_ddl_drop": "A sql_drop audit.note_ddl superuser",
}
# What the account of a second copy may have, where there is one: to come in, and to read the events.
COPIER = "audit_copier"
COPIER_RIGHTS = {("database", "this"): "CONNECT", ("schema", "audit"): "USAGE", ("relation", "audit.event"): "SELECT"}
# What the sealer needs of the platform's own tables: it says how far it is, and opens an era that two people agreed on.
SEALER_TABLES = {
    "audit_cosignature": "INSERT,SELECT",
    "audit_eraproposal": "SELECT,UPDATE",
    "audit_outbox": "INSERT,SELECT",
    "audit_publication": "INSERT,SELECT,UPDATE",
}
# Settings that a session begins with unasked, and that change what a name means or which act is said to be at work.
SPEAKING_SETTINGS = ("search_path", "app.", "session_replication_role", "event_triggers", "role", "row_security")


@dataclass(frozen=True, slots=True)
class Facts:
    """The catalogues' answer, by kind and name."""

    lines: tuple[tuple[str, str, str], ...]

    def of(self, kind: str) -> dict[str, set[str]]:
        found = defaultdict(set)
        for one, name, fact in self.lines:
            if one == kind:
                found[name].add(fact)
        return found

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.lines, ensure_ascii=False).encode()).hexdigest()


def facts() -> Facts:
    with connection.cursor() as cursor:
        cursor.execute(sql.read("facts"))
        return Facts(tuple(cursor.fetchall()))


def manifest() -> str:
    """Return one digest of roles, owners, rights, triggers, rules and functions."""
    return facts().digest


def problems() -> list[str]:
    """Say in sentences what is not as it should be; nothing when the trace is protected."""
    known = baseline()
    if known is None:
        return [UNHARDENED]
    now = facts()
    return [
        *_this_session(),
        *_roles(now),
        *_owners(now),
        *_rights(now),
        *_triggers(now),
        *_bypasses(now),
        *_functions(now, known["functions"]),
        *_settings(now),
        *([] if known["sealed"] == sealed_columns() else [_SEALED_CHANGED]),
    ]


_SEALED_CHANGED = "程序中的留痕清单在加固之后改过：请先运行 manage.py migrate，再运行 manage.py audit_harden。"


def baseline() -> dict | None:
    """
    Return what the last ``audit_harden`` found right, or None.

    It rests in the trace itself: only the trace's owner can write such an event, and nobody can change it.
    """
    run = last_run(("audit.hardened",))
    return run and run[1]


def last_run(actions: tuple[str, ...] = ("audit.hardened", "audit.opened")) -> tuple[str, dict] | None:
    """Return what the last run of ``audit_harden`` did, and what it left behind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('audit.note_ddl()') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(
            "SELECT action, data::text FROM audit.event WHERE object_type = 'hardening' AND object_id = 'database'"
            " AND kind = 'ddl' AND action = ANY (%s) ORDER BY id DESC LIMIT 1",
            [list(actions)],
        )
        row = cursor.fetchone()
    return row and (row[0], json.loads(row[1]))


def sealed_columns() -> str:
    """Return a digest of which tables the code wants watched, and which columns it wants sealed."""
    said = sorted((one.table, one.label, one.pk, sorted(one.sealed)) for one in capture.watched())
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def row_functions(now: Facts) -> dict[str, str]:
    """The functions that the database has written by itself: their source is known from the last hardening only."""
    return {name: fact for name, (fact,) in now.of("function").items() if name.startswith("audit.row_")}


def check(*, now: datetime) -> list[str]:
    """Record the manifest's digest and what is wrong as an event, and return what is wrong."""
    found = problems()
    services.noted(
        action="audit.manifest_checked",
        by=system("hardening"),
        now=now,
        outcome="failed" if found else "ok",
        data={"manifest": manifest(), "problems": found},
    )
    return found


# --- what should be -------------------------------------------------------------------------------------------------


def _this_session() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user::text, current_setting('is_superuser')")
        name, is_superuser = cursor.fetchone()
    if is_superuser == "on":
        return  # the administrator himself asks
    if name not in (APP, MIGRATOR, SEALER, AUDITOR):
        yield f"本程序以数据库账号「{name}」连接，应当使用「{APP}」。"


_POWERS = {
    "superuser": "超级权限",
    "bypassrls": "绕过行级安全的权限",
    "createrole": "建立账号的权限",
    "createdb": "建立数据库的权限",
    "replication": "复制权限",
}


def _roles(now: Facts) -> Iterator[str]:
    roles = now.of("role")
    for name in (OWNER, MIGRATOR, APP, SEALER, AUDITOR):
        if name not in roles:
            yield f"缺少数据库账号「{name}」。"
            continue
        (flags,) = roles[name]
        for flag in flags.split():
            if flag in _POWERS:
                yield f"数据库账号「{name}」拥有{_POWERS[flag]}。"
            elif name == OWNER:
                yield f"数据库账号「{name}」可以登录，它只应拥有留痕，不应有人使用。"
    for member, groups in now.of("member").items():
        for group in sorted(groups):
            yield f"数据库账号「{member}」是「{group}」的成员：部署结束后请运行 manage.py audit_harden 收回。"


def _owners(now: Facts) -> Iterator[str]:
    for kind in ("database", "schema", "relation", "function"):
        for name, (owner,) in now.of(f"{kind} owner").items():
            wanted = MIGRATOR if name == "public" or name.startswith("public.") else OWNER
            if owner != wanted:
                what = "本数据库" if kind == "database" else f"「{name}」"
                yield f"{what}的所有者是「{owner}」，应当是「{wanted}」。"


def _rights(now: Facts) -> Iterator[str]:
    tables = now.of("table")
    for kind in ("database", "schema", "relation", "function", "column", "large object"):
        rights = now.of(f"{kind} right")
        named = now.of(f"{kind} owner") if kind not in ("column", "large object") else rights
        for name in named:
            have = dict(fact.split("=", 1) for fact in rights.get(name, ()))
            wanted = _wanted_rights(kind, name, "partition" in tables.get(name, ()))
            if COPIER in have and (kind, name) in COPIER_RIGHTS:
                wanted = {**wanted, COPIER: COPIER_RIGHTS[kind, name]}
            for grantee in sorted(have.keys() | wanted.keys()):
                if have.get(grantee, "") != wanted.get(grantee, ""):
                    what = "本数据库" if kind == "database" else f"「{name}」"
                    yield (
                        f"数据库账号「{grantee}」对{what}的权限是「{have.get(grantee, '无')}」，"
                        f"应当是「{wanted.get(grantee, '无')}」。"
                    )


def _wanted_rights(kind: str, name: str, is_partition: bool) -> dict[str, str]:
    if kind == "database":
        return {APP: "CONNECT", SEALER: "CONNECT", AUDITOR: "CONNECT", MIGRATOR: "CONNECT,CREATE"}
    if kind == "schema":
        return dict.fromkeys((APP, SEALER) if name == "public" else (APP, MIGRATOR, SEALER, AUDITOR), "USAGE")
    if kind == "function":
        return _wanted_execution(name.removeprefix("audit.").split("(")[0])
    if kind != "relation" or is_partition:
        return {}
    if name.startswith("public."):
        if name == "public.django_migrations":
            return {APP: "SELECT"}
        if name.endswith("_seq"):
            return {APP: "SELECT,USAGE"}
        sealer = SEALER_TABLES.get(name.removeprefix("public."))
        return {APP: "DELETE,INSERT,SELECT,UPDATE"} | ({SEALER: sealer} if sealer else {})
    if name == "audit.number":
        return {APP: "USAGE"}
    if name.endswith("_seq"):
        return {}
    reading = dict.fromkeys((APP, MIGRATOR, SEALER, AUDITOR), "SELECT")
    return reading if name == "audit.event" else {**reading, SEALER: "INSERT,SELECT"}


def _wanted_execution(function: str) -> dict[str, str]:
    if function == "record":
        return dict.fromkeys((APP, MIGRATOR, SEALER), "EXECUTE")
    if function == "close_era":
        return {SEALER: "EXECUTE"}
    if function == "make_partitions_ahead":
        return dict.fromkeys((APP, MIGRATOR), "EXECUTE")
    # Migrator hangs the row functions below its tables; for that it needs to be allowed to run them.
    return {MIGRATOR: "EXECUTE"} if function in ("capture", "truncated") or function.startswith("row_") else {}


def _triggers(now: Facts) -> Iterator[str]:
    tables, hung = now.of("table"), now.of("trigger")
    watched = {f"public.{one.table}": one for one in capture.watched()}
    left_out = {f"public.{table}" for table in capture.UNWATCHED}
    for name in sorted(tables.keys() | watched.keys()):
        if name not in tables:
            yield f"表「{name}」不存在，或者已被换成别的东西。"
            continue
        if name.startswith("audit."):
            wanted = _append_only(name, "event" if "partition" in tables[name] else name.removeprefix("audit."))
        elif name in watched:
            wanted = row_triggers(name, watched[name].label)
        elif name in left_out:
            wanted = {}
        else:
            yield f"表「{name}」不在留痕清单里。"
            continue
        have = {trigger_of(fact): fact for fact in hung.get(name, ())}
        for trigger in sorted(wanted.keys() | have.keys()):
            if trigger not in have:
                yield f"表「{name}」缺少触发器「{trigger}」。"
            elif trigger not in wanted:
                yield f"表「{name}」多出触发器「{trigger}」。"
            elif have[trigger] != wanted[trigger]:
                yield f"表「{name}」的触发器「{trigger}」被停用或改动。"
    events = now.of("event trigger")
    for name, wanted_fact in EVENT_TRIGGERS.items():
        if events.get(name) != {wanted_fact}:
            yield f"记录结构变更的事件触发器「{name}」缺失、停用或被改动。"


def _append_only(table: str, stem: str) -> dict[str, str]:
    refuse = "EXECUTE FUNCTION audit.refuse_change()"
    return {
        f"{stem}_append_only": f"A CREATE TRIGGER {stem}_append_only BEFORE DELETE OR UPDATE ON {table}"
        f" FOR EACH ROW {refuse}",
        f"{stem}_no_truncate": f"A CREATE TRIGGER {stem}_no_truncate BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT {refuse}",
    }


def row_triggers(table: str, label: str) -> dict[str, str]:
    function = f"audit.row_{table.removeprefix('public.')}()"
    return {
        "audit_row": f"A CREATE TRIGGER audit_row AFTER INSERT OR DELETE OR UPDATE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {function}",
        "audit_truncate": f"A CREATE TRIGGER audit_truncate AFTER TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION audit.truncated('{label}')",
    }


def trigger_of(trigger: str) -> str:
    return trigger.split(" TRIGGER ", 1)[1].split(" ", 1)[0]


def _bypasses(now: Facts) -> Iterator[str]:
    for name in now.of("rule"):
        yield f"「{name}」上有改写规则，命令可能到不了表。"
    for name in now.of("row security"):
        yield f"「{name}」启用了行级安全，可能有行被藏起。"
    for name in now.of("policy"):
        yield f"「{name}」上有行级安全策略。"
    for name, children in now.of("child").items():
        yield f"「{name}」有继承表「{'、'.join(sorted(children))}」，其中的行没有触发器。"
    for name, keys in now.of("foreign key").items():
        if keys != {"audit.head head_era_fkey"}:
            yield f"有外键指向留痕表「{name}」。"


def _functions(now: Facts, written: dict[str, str]) -> Iterator[str]:
    have = {name: fact for name, (fact,) in now.of("function").items()}
    by_hand = {name: fact for name, fact in have.items() if not name.startswith("audit.row_")}
    for name, fact in by_hand.items():
        wanted = sources().get(name.removeprefix("audit.").split("(")[0])
        if wanted is None:
            yield f"多出函数「{name}」。"
        elif not fact.endswith(wanted):
            yield f"函数「{name}」的内容与程序中的不同。"
        if fact.startswith("definer") and "search_path=pg_catalog, pg_temp" not in fact:
            yield f"函数「{name}」没有固定的 search_path。"
    there = {name.removeprefix("audit.").split("(")[0] for name in by_hand}
    for missing in sorted(sources().keys() - there):
        yield f"缺少函数「audit.{missing}」。"
    rows = row_functions(now)
    for name in sorted(rows.keys() | written.keys()):
        if rows.get(name) != written.get(name):
            yield f"留痕函数「{name}」在加固之后被改动。"


MADE = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION audit\.(\w+)\(.*?\bAS (\$\w*\$)(.*?)\2", re.DOTALL)


@cache
def sources() -> dict[str, str]:
    """Return the digest of each function's source as the repository has it; of several definitions the last."""
    texts = [
        importlib.import_module("audit.migrations.0001_initial").TABLE,
        *map(sql.read, sql.migrations()),
        sql.read("ddl"),
    ]
    found = {}
    for text in texts:
        for made in MADE.finditer(text):
            found[made[1]] = hashlib.sha256(made[3].encode()).hexdigest()
        for gone in re.findall(r"^DROP FUNCTION audit\.(\w+)", text, re.MULTILINE):
            found.pop(gone, None)
    return found


def _settings(now: Facts) -> Iterator[str]:
    for role, settings in now.of("setting").items():
        for one in sorted(settings):
            if one.startswith(SPEAKING_SETTINGS):
                yield f"数据库账号「{role}」的会话一开始就带有设置「{one}」。"
    for name, grantees in now.of("parameter right").items():
        yield f"参数「{name}」的修改权已授予「{'、'.join(sorted(grantees))}」。"
