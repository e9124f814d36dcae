"""Settings, from environment variables only. Business numbers are the row of people.Policy."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

from backoffice.logs import only_news

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set; bin/run and bin/manage make one for you.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])


def database(variable):
    """Read a database URL; a socket's folder stands percent-encoded in the host's place."""
    said = env.db(variable)
    return said | {"HOST": unquote(said["HOST"])}


# --- applications -----------------------------------------------------------

INSTALLED_APPS = [
    "backoffice",
    "people",
    "history",
    "protection",
    "callbacks",
    "notifications",
    "leads",
    "dispositions",
    "files",
    "clients",
    "imports",
    "bulk",
    "dashboard",
    "search",
    "notes",
    "desk",
    "review",
    "staff",
    "demo",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "guardian",
    "phonenumber_field",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backoffice.middleware.never_cached",
    "backoffice.middleware.health_is_nobodys",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "people.sessions.note_who_is_here",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "backoffice.unsent.whose_pages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "history.access.note_denials",
    "backoffice.middleware.one_transaction_as_the_user",
    "backoffice.middleware.refusals_become_answers",
    "backoffice.middleware.SignInRequired",
]

ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"

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
                "notifications.bell.in_every_page",
            ],
        },
    },
]
FORM_RENDERER = "backoffice.forms.FieldGroups"

# --- database ---------------------------------------------------------------

# The login of this very process: the web login for web processes, the service login for the
# worker, beat and commands. Which person acts is stamped on each transaction (backoffice.rls).
DATABASES = {
    "default": database("DATABASE_URL")
    | {"ENGINE": "backoffice.postgresql", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True},
}
if env.str("DATABASE_OWNER_URL", default=""):
    DATABASES["owner"] = database("DATABASE_OWNER_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- identity ---------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "people.backends.RoleBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None  # guardian's; we have no anonymous user
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

ACCOUNT_ADAPTER = "people.adapters.InvitedOnly"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# The limit per account is generous and the one per address is not: otherwise anybody could lock a
# named rep out by failing on purpose.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "30/m/ip,100/15m/key",
    "reset_password": "20/m/ip,5/m/key",
    # Who gets as far as being asked for a code knows the password already.
    "second_factor": "10/15m/key",
}
# How many proxies of ours add to X-Forwarded-For; what others write there is nobody's address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

MFA_ADAPTER = "people.adapters.SecondFactors"
MFA_FORMS = {
    "authenticate": "people.second_factor.CodeForm",
    "reauthenticate": "people.second_factor.CodeAgainForm",
    "add_webauthn": "people.second_factor.AddPasskeyForm",
    "authenticate_webauthn": "people.second_factor.PasskeyForm",
    "login_webauthn": "people.second_factor.PasskeyAloneForm",
    "reauthenticate_webauthn": "people.second_factor.PasskeyAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}
MFA_TOTP_ISSUER = "Inside Sales"
# A sales admin made the account, so its address needs no proof of its own.
MFA_ALLOW_UNVERIFIED_EMAIL = True

SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
PAGES_COOKIE_NAME = "pages"
CSRF_FAILURE_VIEW = "backoffice.views.csrf_failure"

# --- browser security -------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
# Plain http is for a developer's own machine; everywhere else the proxy speaks TLS.
HTTPS = env.bool("HTTPS", default=not DEBUG)
if HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    PAGES_COOKIE_NAME = "__Host-pages"

# --- language, time, files, mail -------------------------------------------

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
# The organisation's time zone: protection windows end at its wall-clock time.
TIME_ZONE = env.str("TIME_ZONE", default="America/New_York")
PHONENUMBER_DEFAULT_REGION = "US"
PHONENUMBER_DB_FORMAT = "E164"
PHONENUMBER_DEFAULT_FORMAT = "NATIONAL"

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "var/static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "backoffice.static_files.Storage"
    },
}
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "var/media"))
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "files.uploading.ToDisk",
]
FILE_UPLOAD_PERMISSIONS = 0o600

vars().update(env.email("EMAIL_URL", default="consolemail://"))
# A mail server that stalls must not hold a worker's transaction open.
EMAIL_TIMEOUT = 5
# A provider that sends by its API and calls /webhooks/mail when an e-mail came back, in place of
# EMAIL_URL: anymail's names for the key that we sign in with, and the one that it signs with.
MAIL_PROVIDERS = {
    "mailersend": ("MAILERSEND_API_TOKEN", "MAILERSEND_SIGNING_SECRET"),
    "resend": ("RESEND_API_KEY", "STANDARD_WEBHOOKS_SECRET"),
}
MAIL_PROVIDER = env.str("MAIL_PROVIDER", default="")
ANYMAIL: dict[str, Any] = {"REQUESTS_TIMEOUT": EMAIL_TIMEOUT}
if MAIL_PROVIDER:
    if MAIL_PROVIDER not in MAIL_PROVIDERS:
        raise ImproperlyConfigured(f"MAIL_PROVIDER is one of {', '.join(MAIL_PROVIDERS)}.")
    EMAIL_BACKEND = f"anymail.backends.{MAIL_PROVIDER}.EmailBackend"
    said = env.str("MAIL_API_KEY"), env.str("MAIL_WEBHOOK_KEY")
    ANYMAIL |= dict(zip(MAIL_PROVIDERS[MAIL_PROVIDER], said, strict=True))
# Where links in e-mails lead.
PUBLIC_URL = env.str(
    "PUBLIC_URL", default=next(iter(CSRF_TRUSTED_ORIGINS), "http://localhost:8000")
)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="backoffice@localhost")
MAIL_DOMAIN = DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")

# --- redis: broker and cache ------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
# Redis over a unix socket is written redis+socket:// for Celery and unix:// for redis-py.
_REDIS_SOCKET = re.match(r"^(?:unix|redis\+socket)://(?P<path>[^?]+)", REDIS_URL)
BROKER_URL = f"redis+socket://{_REDIS_SOCKET['path']}" if _REDIS_SOCKET else REDIS_URL

# Rate limits of the login live here. In the database: no request waits for Redis.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "backoffice_cache",
    }
}
SESSION_ENGINE = "people.sessions"

# --- logs: a line an event, with request and user id -----------------------

structlog.configure(
    processors=[
        only_news,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            ),
            "foreign_pre_chain": [
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"level": "INFO"},
        # How a request ended is logged once already, with its code.
        "django.request": {"level": "ERROR"},
    },
}

# --- celery: sweeps only, so a lost or doubled message does no harm ---------

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # however long Redis is away
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 2,
    # An answer that does not come is waited for about twice as long.
    "health_check_interval": 10,
}
# A worker serves all of them; where one kind of work is much, a second worker may serve it alone.
CELERY_TASK_QUEUES = [Queue(name) for name in ("beat", "mail", "import", "export")]
CELERY_TASK_DEFAULT_QUEUE = "beat"
CELERY_TIMEZONE = "UTC"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 45
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
