"""The demo on one machine (`./run demo`) and daily development (`DEBUG=true`)."""

from nursing_platform.settings import demo_secrets, env
from nursing_platform.settings.base import *  # noqa: F403
from nursing_platform.settings.base import STORAGES, VAR_DIR

DEBUG = env.flag("DEBUG", False)
DEMO = env.flag("DEMO", True)

_secrets = demo_secrets.read_or_make(VAR_DIR / "demo-secrets.json")
SECRET_KEY = env.text("SECRET_KEY", _secrets["SECRET_KEY"])
SEAL_KEYS = env.text("SEAL_KEYS", _secrets["SEAL_KEYS"])
SEAL_INDEX_KEY = env.text("SEAL_INDEX_KEY", _secrets["SEAL_INDEX_KEY"])
AUDIT_SEAL_KEY = env.text("AUDIT_SEAL_KEY", _secrets["AUDIT_SEAL_KEY"])
BADGE_KEY = env.text("BADGE_KEY", _secrets["BADGE_KEY"])
PUSH_KEY = env.text("PUSH_KEY", _secrets["PUSH_KEY"])

ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.listing("CSRF_TRUSTED_ORIGINS", [])

if DEBUG:
    STORAGES = {
        **STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    WHITENOISE_USE_FINDERS = True
    WHITENOISE_AUTOREFRESH = True
