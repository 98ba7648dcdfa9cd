"""What ``manage.py check --database default`` says about the trace's protection."""

from django.conf import settings
from django.core import checks
from django.db import connections
from django.db.utils import DatabaseError

from audit import hardening


@checks.register(checks.Tags.database)
def trace_is_protected(databases=None, **_):
    """
    Report every gap: an error where production demands the hardening, a warning elsewhere.

    Migrations run before the hardening and as an account of their own, so they hear of a gap only as a warning: an
    error would refuse the very deployment that closes it.
    """
    if "default" not in (databases or []):
        return []
    connection = connections["default"]
    try:
        found = hardening.problems()
    except DatabaseError as unread:
        return [checks.Warning(f"留痕的防护状态无法读取：{type(unread).__name__}。", id="audit.W002")]
    is_demanded = settings.AUDIT_HARDENED and connection.settings_dict["USER"] == hardening.APP
    kind, number = (checks.Error, "audit.E001") if is_demanded else (checks.Warning, "audit.W001")
    return [kind(problem, hint="manage.py audit_harden", id=number) for problem in found]
