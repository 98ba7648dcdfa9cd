"""
Which tables are watched below the code, and with which columns sealed.

Every table has an AFTER ROW trigger, ENABLE ALWAYS, whose function is written by the database from its catalogue
(``audit.capture``), so that raw SQL and bulk updates leave events too (002 五(七)2(2), 五(八)). The ``migrate`` command
installs what is missing after each run. A model names in ``AUDIT_SEALED`` the columns whose values must not stand in a
trace that nobody can delete; of those only the fact of a change is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models

# Tables without a trigger, each with its reason; a test compares this with the database.
UNWATCHED = {
    "django_migrations": "结构变更本身另有记录；这里只是迁移工具的进度。",
    "django_session": "会话随每次请求改写，内容是凭证；登录、退出和失败各有事件。",
    "axes_accessattempt": "登录失败的计数，内容含输入的账号名；失败本身另有事件。",
    "axes_accessattemptexpiration": "登录失败计数的到期时间，随计数清除。",
    "axes_accessfailurelog": "登录失败的技术记录，内容含输入的账号名；失败本身另有事件。",
    "axes_accesslog": "登录的技术记录，内容含输入的账号名；登录本身另有事件。",
    "audit_outbox": "机器的投递清单：每行随一次办理写入，内容已在该事件中。",
    "audit_due": "机器的到期清单：到期后所做的办理另有事件。",
    "notifications_delivery": "机器的送出清单，每次尝试改写；交出和转人工各有事件。",
    "audit_publication": "封存进程自己的进度，每秒改写；封存头本身只增不改。",
    "audit_cosignature": "见证方的签名，自身可以核验；随封存头逐秒增加。",
    "orders_planprogress": "排班计算的进度，每秒改写；计算的结果和每一步各有事件。",
    "bedside_phoneentry": "手机送来的每一条的回执和答复；写进记录的内容和被拒的原因各有事件。",
    "orders_whereabout": "途中的位置，每分钟一条，到期整批删除；开始共享、开关和删除各有事件。",
    "indicators_daycount": "由记录加总而来，随时可以重算，每天与记录核对；核对另有事件。",
    "indicators_signalcount": "由记录加总而来，随时可以重算，每天与记录核对。",
    "indicators_staleday": "机器的待重算清单，每次办理写入，算完即删。",
    "audit_receipt": "客户端的回执：每行随一次办理写入，内容已在该事件中。",
}

# What other people's models would otherwise show.
SEALED_ELSEWHERE = {
    "knox_authtoken": {"digest", "token_key"},
    "django_admin_log": {"object_repr", "change_message"},
}


@dataclass(frozen=True, slots=True)
class Watched:
    """One table, what its rows are called, and what of them stays unsaid."""

    table: str
    label: str
    pk: str
    columns: frozenset[str]
    sealed: frozenset[str]


def watched() -> list[Watched]:
    """List every table of ours and of the packages that is to have a trigger."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if not meta.managed or meta.proxy or meta.db_table in UNWATCHED:
            continue
        fields = meta.local_concrete_fields
        by_name = {name: field.column for field in fields for name in (field.name, field.column)}
        declared = {by_name[name] for name in getattr(model, "AUDIT_SEALED", ())}
        binary = {field.column for field in fields if isinstance(field, models.BinaryField)}
        found.append(
            Watched(
                table=meta.db_table,
                label=meta.label_lower,
                pk=meta.pk.column,
                columns=frozenset(field.column for field in fields),
                sealed=frozenset(declared | binary | SEALED_ELSEWHERE.get(meta.db_table, set())),
            )
        )
    return found


def install(tables: Iterable[Watched] | None = None) -> list[str]:
    """
    Write the row functions anew where a table changed, and hang the triggers where they miss. Returns what was changed.

    Run by the owner of the tables, after migrations. A column that no model knows (one on its way out) is sealed.
    """
    if not is_migrated():
        return []
    changed = []
    present = _columns()
    hung = _triggers()
    with connection.cursor() as cursor:
        for one in watched() if tables is None else tables:
            if one.table not in present:
                continue
            sealed = one.sealed | (present[one.table] - one.columns)
            quoted = connection.ops.quote_name(one.table)
            cursor.execute(
                "SELECT audit.capture(%s::regclass, %s, %s, %s)", [quoted, one.label, one.pk, sorted(sealed)]
            )
            if cursor.fetchone()[0]:
                changed.append(one.table)
            function = connection.ops.quote_name(f"row_{one.table}")
            if "audit_row" not in hung.get(one.table, ()):
                cursor.execute(
                    f"CREATE OR REPLACE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON {quoted}"
                    f" FOR EACH ROW EXECUTE FUNCTION audit.{function}()"
                )
                cursor.execute(f"ALTER TABLE {quoted} ENABLE ALWAYS TRIGGER audit_row")
            if "audit_truncate" not in hung.get(one.table, ()):
                label = one.label.replace("'", "''")
                cursor.execute(
                    f"CREATE OR REPLACE TRIGGER audit_truncate AFTER TRUNCATE ON {quoted}"
                    f" FOR EACH STATEMENT EXECUTE FUNCTION audit.truncated('{label}')"
                )
                cursor.execute(f"ALTER TABLE {quoted} ENABLE ALWAYS TRIGGER audit_truncate")
    return changed


def refresh() -> list[str]:
    """
    Write the functions of watched tables anew whose columns a migration has just changed.

    Between two migrations of one run as well: a data migration may write to a table that has lost a column.
    """
    hung = _triggers()
    if not hung:
        return []
    return install(one for one in watched() if "audit_row" in hung.get(one.table, ()))


def unwatched_tables() -> set[str]:
    """Name the tables of the platform's schema that have no enabled row trigger, whatever the reason."""
    return set(_columns()) - {table for table, names in _triggers().items() if "audit_row" in names}


def is_migrated() -> bool:
    """Say whether the migration that brings the capture has run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('audit.capture(regclass, text, text, text[])') IS NOT NULL")
        return cursor.fetchone()[0]


def _columns() -> dict[str, frozenset[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, array_agg(a.attname::text) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
              AND a.attnum > 0 AND NOT a.attisdropped
            GROUP BY c.relname
            """
        )
        return {table: frozenset(columns) for table, columns in cursor.fetchall()}


def _triggers() -> dict[str, set[str]]:
    """The trace's triggers that fire always, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, array_agg(t.tgname::text) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE c.relnamespace = current_schema()::regnamespace AND t.tgname IN ('audit_row', 'audit_truncate')
              AND t.tgenabled = 'A'
            GROUP BY c.relname
            """
        )
        return {table: set(names) for table, names in cursor.fetchall()}
