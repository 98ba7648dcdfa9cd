"""What holds everywhere. Environment-specific values are in dev, test and prod."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONE, SELF
from kombu import Exchange, Queue
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from nursing_platform import logs
from nursing_platform.settings import env

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = BASE_DIR / "var"

DEBUG = False
# True only where the people are invented: the login page then offers them by name.
DEMO = False

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "channels",
    "csp",
    "django_filters",
    "django_prometheus",
    "django_structlog",
    "drf_spectacular",
    "guardian",
    "knox",
    "rest_framework",
    # Ours, in floor order: an app imports only from those above it in this list.
    "accounts",
    "audit",
    "institutions",
    "catalog",
    "patients",
    "nurses",
    "clinical",
    "orders",
    "safety",
    "logistics",
    "consults",
    "referrals",
    "followups",
    "education",
    "supervision",
    "bedside",
    "indicators",
    "reporting",
    "notifications",
    "desks",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Files need no page policies: on a slow line those weigh as much as a small file itself.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages are packed; random bytes keep the length from telling what is inside (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    # The page policies stand outermost, so that refusals and redirects of those below carry them too.
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Before the first that asks the database.
    "nursing_platform.turnstile.Turnstile",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "nursing_platform.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
    # Innermost and synchronous: Django then runs the whole chain in one thread per request under ASGI.
    "nursing_platform.headers.page_headers",
]

# So many requests are answered at the same moment by one process, each with a database connection of its own; others
# wait their turn for so long, and are then told to come back.
WEB_AT_ONCE = int(env.text("WEB_AT_ONCE", "16"))
WEB_PATIENCE_SECONDS = 20

ROOT_URLCONF = "nursing_platform.urls"
ASGI_APPLICATION = "nursing_platform.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "nursing_platform.context.site",
            ],
        },
    },
]

# --- data -----------------------------------------------------------------------------------------------------------

DATABASES = {
    "default": {
        **dj_database_url.parse(env.text("DATABASE_URL")),
        # Every request has a thread of its own under ASGI, so a kept connection would never be used again.
        "CONN_MAX_AGE": 0,
    }
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The administrator's own address of the same database: for ``audit_harden`` alone, no server process is given it.
ADMIN_DATABASE_URL = env.text("ADMIN_DATABASE_URL", "")
# The address of the account that owns the tables; without it ``migrate`` runs as the one of DATABASE_URL.
MIGRATION_DATABASE_URL = env.text("MIGRATION_DATABASE_URL", "")
# Passwords that ``audit_harden`` gives to the database's accounts; an empty one is left as it is.
DATABASE_PASSWORDS = {
    "migrator": env.text("MIGRATOR_PASSWORD", ""),
    "app": env.text("APP_PASSWORD", ""),
    "sealer": env.text("SEALER_PASSWORD", ""),
    "auditor": env.text("AUDITOR_PASSWORD", ""),
}
# Whether a gap in the trace's protection is an error of this deployment or only a warning.
AUDIT_HARDENED = env.flag("AUDIT_HARDENED", False)

REDIS_URL = env.text("REDIS_URL")

# One more try mends a connection that was closed while idle. The three tries of redis-py wait for seconds in between,
# and every page would wait with them whenever the broker is away.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2, "retry": Retry(NoBackoff(), 1)},
    }
}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # The read blocks for 5 s, which is redis-py's own default time-out: without a longer one every idle
            # WebSocket would be closed after 5 s.
            "hosts": [
                {
                    "address": REDIS_URL,
                    "socket_timeout": 15,
                    "socket_connect_timeout": 2,
                    "retry": AsyncRetry(NoBackoff(), 1),
                }
            ],
            "prefix": "channels",
        },
    }
}

# --- background work ------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": "celery:",
    # A task that a dead worker held comes back after this; it must exceed the longest countdown.
    "visibility_timeout": 900,
    "unacked_restore_throttle": 1,
    # Publishing must fail at once when Redis is away: the outbox row is already safe and the sweep finds it.
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "socket_keepalive": True,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "connect_retries_timeout": 1,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Shanghai"
# What must be prompt does not wait behind the events of a busy hour: each worker takes from both queues in turn.
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in ("celery", "prompt")]
CELERY_TASK_ROUTES = {name: {"queue": "prompt"} for name in ("audit.tasks.tick", "indicators.tasks.freshen")}
# Everything that falls due is a row; beat only says "look now". A second beat or a late one does no harm.
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "audit.tasks.tick", "schedule": 5.0, "options": {"expires": 10}},
    # Figures stay fresh in a busy hour too, when the events that wake the worker wait for their turn.
    "figures": {"task": "indicators.tasks.freshen", "schedule": 2.0, "options": {"expires": 4}},
    "supervision": {"task": "supervision.tasks.nightly", "schedule": crontab(hour=1, minute=40)},
    "partitions": {"task": "audit.tasks.make_partitions", "schedule": 86_400.0},
    "manifest": {"task": "audit.tasks.check_manifest", "schedule": crontab(hour=3, minute=20)},
    "verify_new": {"task": "audit.tasks.verify_new", "schedule": crontab(hour=2, minute=10)},
    "verify_all": {"task": "audit.tasks.verify_all", "schedule": crontab(hour=0, minute=30, day_of_week="sunday")},
}

# --- people ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    # Axes first: it refuses a locked name before any password is compared.
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# Sessions rest in the database, so that ending a post deletes them in the same transaction.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "nursing_platform.errors.csrf_failure"

# One name from one place: five wrong passwords close that pair for 15 minutes, and nobody else is locked out.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "nursing_platform.errors.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "accounts.sessions.typed_name"
AXES_VERBOSE = False

ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
GUARDIAN_RAISE_403 = True

# --- pages ----------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# var/vendor is filled from package-lock.json by devtools/assets.py.
STATICFILES_DIRS = [BASE_DIR / "static", VAR_DIR / "vendor"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "desks.statics.Statics"},
}
WHITENOISE_MAX_AGE = 60

# Identity papers and consent forms: never under a public address, handed out by a view that asks for permission.
PRIVATE_UPLOADS = Path(env.text("PRIVATE_UPLOADS", str(VAR_DIR / "uploads")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Street tiles under the map of the day, as https://host/{z}/{x}/{y}.png; empty: a plain grid, and nobody is asked.
MAP_TILES_URL = env.text("MAP_TILES_URL", "")
MAP_TILES_CREDIT = env.text("MAP_TILES_CREDIT", "")
MAP_TILES_HOST = "{0.scheme}://{0.netloc}".format(urlsplit(MAP_TILES_URL)) if "://" in MAP_TILES_URL else ""

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *([MAP_TILES_HOST] if MAP_TILES_HOST else [])],
        "font-src": [SELF],
        # 'self' covers the WebSocket of the same host as well (CSP 3).
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY = {
    "geolocation": "self",
    "camera": "self",
    "microphone": "self",
    "payment": [],
    "usb": [],
    "serial": [],
    "display-capture": [],
    "accelerometer": [],
    "gyroscope": [],
    "magnetometer": [],
    "midi": [],
    "browsing-topics": [],
}

# --- API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "knox.auth.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "nursing_platform.api.BoundedJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "nursing_platform.api.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "nursing_platform.api.refusal_handler",
    "PAGE_SIZE": 20,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
REST_KNOX = {
    "TOKEN_TTL": timedelta(hours=12),
    "TOKEN_LIMIT_PER_USER": 10,
    "AUTH_HEADER_PREFIX": "Token",
    "TOKEN_PREFIX": "hdj_",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "护到家 API",
    "DESCRIPTION": "上门护理服务平台：申请、评估、开具、派单、上门、确认、评价与全程留痕。",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
}

# --- the trace ------------------------------------------------------------------------------------------------------

# The name under which heads are signed; the era's number follows it. Never changed once published.
AUDIT_ORIGIN = env.text("AUDIT_ORIGIN", "hudaojia.local/trace")
# 32 bytes in base64, in the sealer's environment only.
AUDIT_SEAL_KEY = env.text("AUDIT_SEAL_KEY", "")
# A PEM file with an SM2 key: heads then carry a second signature, made by OpenSSL.
AUDIT_SM2_KEY_FILE = env.text("AUDIT_SM2_KEY_FILE", "")
# Where heads leave this machine: folders (on another machine's disk) and addresses of witnesses.
AUDIT_PUBLISH_TO = env.listing("AUDIT_PUBLISH_TO", [])
# The log's own public keys as they were published, one for each era: a database that was signed anew is then found out.
AUDIT_LOG_KEYS = env.listing("AUDIT_LOG_KEYS", [])
# The PEM file with the public half of the SM2 key; verification then demands that signature too.
AUDIT_SM2_PUBLIC_FILE = env.text("AUDIT_SM2_PUBLIC_FILE", "")
# Address of a second copy of the events (logical replication), as the checking account reads it.
AUDIT_COPY_URL = env.text("AUDIT_COPY_URL", "")
# Public keys of the witnesses whose cosignatures count.
AUDIT_WITNESS_KEYS = env.listing("AUDIT_WITNESS_KEYS", [])

# --- services outside -----------------------------------------------------------------------------------------------

# Each names a class that meets the protocol beside its by-hand default; see docs/setup.md.
IDENTITY_AUTHORITY = env.text("IDENTITY_AUTHORITY", "patients.gateways.ByHand")
NURSE_REGISTRY = env.text("NURSE_REGISTRY", "nurses.gateways.ByHand")
CITY_QUALITY_CENTRE = env.text("CITY_QUALITY_CENTRE", "reporting.gateways.ByHand")
# What carries text messages and WeChat notices: the built-in outbox, or notifications.gateways.ByPost with an address.
MESSAGE_GATEWAY = env.text("MESSAGE_GATEWAY", "notifications.services.outbox.Outbox")
MESSAGE_GATEWAY_URL = env.text("MESSAGE_GATEWAY_URL", "")
MESSAGE_GATEWAY_TOKEN = env.text("MESSAGE_GATEWAY_TOKEN", "")

# Calls to browsers (Web Push): base64 of 32 random bytes, and whom a push service may write to about them. Without a
# key nobody is offered any.
PUSH_KEY = env.text("PUSH_KEY", "")
PUSH_CONTACT = env.text("PUSH_CONTACT", "mailto:hudaojia@example.cn")
# The services that browsers may name; "*." stands for any host below. No other address is ever called.
PUSH_HOSTS = env.listing(
    "PUSH_HOSTS",
    ["fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com", "*.notify.windows.com"],
)
PUSH_LOOPBACK = False

# --- watching -------------------------------------------------------------------------------------------------------

LOG_LEVEL = env.text("LOG_LEVEL", "INFO")
LOGGING = logs.configure(level=LOG_LEVEL)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# The trace knows who came from which address; the technical log needs neither addresses nor query strings.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = 20

# `/metrics` answers only to this bearer token, and to nobody while it is empty.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
PROMETHEUS_EXPORT_MIGRATIONS = False
