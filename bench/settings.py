"""The platform as its tests run it, with the packages that the trace is compared with beside it."""

from nursing_platform.settings.test import *  # noqa: F403
from nursing_platform.settings.test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "auditlog", "simple_history", "pgtrigger", "pghistory", "bench"]
AUDIT_ORIGIN = "bench.example/trace"
AUDIT_PUBLISH_TO: list[str] = []
LOGGING_CONFIG = None
