"""The test suite: real PostgreSQL and Redis, plain static files, keys that protect nothing."""

import base64
import hashlib

from nursing_platform.settings import env
from nursing_platform.settings.base import *  # noqa: F403
from nursing_platform.settings.base import CACHES, CHANNEL_LAYERS, REDIS_URL, STORAGES, VAR_DIR


def _throwaway_key(about):
    return base64.b64encode(hashlib.sha256(f"tests only: {about}".encode()).digest()).decode()


def _database_of_worker(url, worker):
    """Give each parallel worker a Redis database of its own: queues and groups must not meet."""
    server, _, number = url.rpartition("/")
    return f"{server}/{int(number) + worker}" if number.isdigit() else f"{url.rstrip('/')}/{worker}"


DEMO = env.flag("DEMO", False)
# A test database is made and owned by one account: flushing it needs TRUNCATE.
MIGRATION_DATABASE_URL = ""
SECRET_KEY = _throwaway_key("sessions") * 2
SEAL_KEYS = "1:" + _throwaway_key("sealing")
SEAL_INDEX_KEY = _throwaway_key("index")
AUDIT_SEAL_KEY = _throwaway_key("heads of the trace")
BADGE_KEY = _throwaway_key("badges of nurses")
PUSH_KEY = _throwaway_key("calls to browsers")
# The suite's own push service listens on this machine; nowhere else may one.
PUSH_LOOPBACK = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]

REDIS_URL = _database_of_worker(REDIS_URL, env.test_worker())
CELERY_BROKER_URL = REDIS_URL
CACHES["default"]["LOCATION"] = REDIS_URL
CHANNEL_LAYERS["default"]["CONFIG"]["hosts"][0]["address"] = REDIS_URL

# Argon2 is slow on purpose; tests that are about passwords switch it back on.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
# Inside the checkout: another person's run on the same machine must not own the folder.
PRIVATE_UPLOADS = VAR_DIR / "test-uploads" / str(env.test_worker())
METRICS_TOKEN = "tests-only"
