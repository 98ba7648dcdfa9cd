"""Production: no secret has a default, everything travels over TLS."""

from nursing_platform.settings import env
from nursing_platform.settings.base import *  # noqa: F403

SECRET_KEY = env.text("SECRET_KEY")
SEAL_KEYS = env.text("SEAL_KEYS")
SEAL_INDEX_KEY = env.text("SEAL_INDEX_KEY")
BADGE_KEY = env.text("BADGE_KEY")
ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.listing("CSRF_TRUSTED_ORIGINS", [])

SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
SECURE_SSL_REDIRECT = True
# The container platform asks over plain HTTP inside its own network.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True

AUDIT_HARDENED = env.flag("AUDIT_HARDENED", True)
