"""The platform as its tests run it, with front-end files served as in production: hashed names, packed."""

import os

from nursing_platform.settings.test import *  # noqa: F403
from nursing_platform.settings.test import STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "desks.statics.Statics"}}
STATIC_ROOT = os.environ.get("STATIC_ROOT", "var/static-bench")
WHITENOISE_USE_FINDERS = False
WHITENOISE_AUTOREFRESH = False
DEBUG = False
AUDIT_ORIGIN = "bench.example/trace"
AUDIT_PUBLISH_TO: list[str] = []
SESSION_COOKIE_AGE = 30 * 24 * 3600
