"""The one settings file. Every value can come from the environment or from `.env`; a bad one fails at start.

`.env.example` names each variable with its meaning and default.
"""

from pathlib import Path

import environ
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from studio.environment import Environment
from studio.mailers import mailers
from studio.queues import DEFAULT, QUEUES, ROUTES

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
environ.Env.read_env(BASE_DIR / ".env")

# ------------------------------------------------------------------------------------------------ the machine
DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

_DEVELOPMENT_KEY = "for-this-machine-only-set-SECRET_KEY-before-anyone-else-can-reach-it"
SECRET_KEY = env.str("SECRET_KEY", default=_DEVELOPMENT_KEY)
# Keys from before: what they signed and sealed is still read.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
_LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
if SECRET_KEY == _DEVELOPMENT_KEY and (PUBLIC_URL or not _LOCAL_HOSTS.issuperset(ALLOWED_HOSTS)):
    raise ImproperlyConfigured(
        "PUBLIC_URL or ALLOWED_HOSTS lets others reach this site: set SECRET_KEY to a long random text as well."
    )

IS_HTTPS = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_HTTPS
# Machines beside us ask these without TLS; providers call the address that they were given.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^livez$", r"^metrics$", r"^webhooks/"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
# A place on the browsers' preload list is a promise for a whole domain: its owner makes that, not this site.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"

# --------------------------------------------------------------------------------------------------- the apps
INSTALLED_APPS = [
    "servestatic",
    # Before ours, whose admin replaces some of theirs.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "studio",
    "generation",
    "billing",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "studio.logs.requests.request_context",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "studio.urls"
ASGI_APPLICATION = "studio.asgi.application"
WSGI_APPLICATION = "studio.wsgi.application"
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
                "studio.context_processors.operations",
                "studio.context_processors.notices",
                "studio.context_processors.providers",
            ],
        },
    },
]
LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --------------------------------------------------------------------------------------------------- sign-in
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "studio:project-list"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_RESET_TIMEOUT = 3600
SESSION_COOKIE_AGE = 24 * 3600 * env.int("SESSION_DAYS", default=14, least=1)
INVITATION_DAYS = env.int("INVITATION_DAYS", default=7, least=1)
# How long it is kept who looked by a client’s link, and when.
LINK_USE_DAYS = env.int("LINK_USE_DAYS", default=365, least=1)
ACCOUNT_ADAPTER = "studio.people.adapter.Accounts"
ACCOUNT_FORMS = {
    "login": "studio.forms.account.SignInForm",
    "add_email": "studio.forms.account.AddressForm",
    "change_password": "studio.forms.account.PasswordForm",
    "reset_password": "studio.forms.account.ForgottenForm",
    "reset_password_from_key": "studio.forms.account.NewPasswordForm",
    "reauthenticate": "studio.forms.account.OnceMoreForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
# A mail address is confirmed when it changes and by an invitation; nobody is kept out for want of it.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# A stranger who asks for the password of an address that nobody has gets no mail, and the same answer.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_ADAPTER = "studio.people.adapter.SecondFactors"
MFA_FORMS = {
    "authenticate": "studio.forms.account.CodeForm",
    "reauthenticate": "studio.forms.account.CodeOnceMoreForm",
    "activate_totp": "studio.forms.account.FirstCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Rushes"
# One step of 30 seconds either way: clocks of phones differ.
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Proxies in front that add to X-Forwarded-For; without it all people would share the limits of one address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PROXY_COUNT", default=0)

# ----------------------------------------------------------------------------------------------- the database
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'rushes.sqlite3'}")}
STATEMENT_SECONDS = env.int("STATEMENT_SECONDS", default=60)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Immediate transactions and WAL: with any other combination two writers see "database is locked" (docs/decisions).
    # synchronous=FULL because this file holds the money: NORMAL may lose the last commits when the power goes.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 60,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
elif DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("CONN_MAX_AGE", env.int("CONN_MAX_AGE", default=0))
    # A server that is gone without a word is noticed after seconds; a statement or a forgotten transaction ends.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 20_000,
        "options": f"-c statement_timeout={1000 * STATEMENT_SECONDS} "
        "-c idle_in_transaction_session_timeout=120000",
    } | DATABASES["default"].get("OPTIONS", {})

# Failed sign-ins are counted here: in the database, so that all processes count together and a restart forgets nothing.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "studio_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# -------------------------------------------------------------------------------------------------- the queue
# Messages are hints; rows are the truth. `memory://` is for the one-process form (`make demo`).
BROKER_URL = env.str("BROKER_URL", default="memory://")
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_QUEUES = QUEUES
CELERY_TASK_ROUTES = ROUTES
CELERY_TASK_DEFAULT_QUEUE = DEFAULT
# A worker that is told a queue that does not exist refuses to start.
CELERY_TASK_CREATE_MISSING_QUEUES = False
# Tasks wait for networks, and a process for each that waits would be 80 MB of sleep. Time limits are in the calls.
CELERY_WORKER_POOL = "threads"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
# So many tasks before Celery closes connections to the database; `studio.celery` closes those that are old or broken.
CELERY_DB_REUSE_MAX = 10**12
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 25
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# However long the broker is away: a worker that gave up would be missing when it is back.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A web request must not hang on a dead broker: one quick try, the sweep sends it again.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
if BROKER_URL.startswith("memory:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.05}
else:
    # Short tasks, so a short visibility timeout: a killed worker's messages come back after seconds, not an hour.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 120,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 3,
        "socket_keepalive": True,
        "health_check_interval": 25,
        # Whoever asks how much waits there asks as briefly: without these for six seconds.
        **CELERY_TASK_PUBLISH_RETRY_POLICY,
    }
WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=8, least=1)
CELERY_WORKER_CONCURRENCY = WORKER_CONCURRENCY

# -------------------------------------------------------------------------------------------------- the files
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR_DIR / "media"))
MEDIA_URL = "/media/"
DOWNLOAD_ROOT = env.str("DOWNLOAD_ROOT", default=str(VAR_DIR / "downloads"))
MAX_RESULT_BYTES = env.int("MAX_RESULT_BYTES", default=2 * 1024**3, least=1)
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", default=512 * 1024**2, least=1)
HOUSEKEEPING_HOUR = env.int("HOUSEKEEPING_HOUR", default=3)
S3_BUCKET = env.str("S3_BUCKET", default="")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", default="")
S3_PUBLIC_ENDPOINT_URL = env.str("S3_PUBLIC_ENDPOINT_URL", default=S3_ENDPOINT_URL)
S3_REGION = env.str("S3_REGION", default="us-east-1")
S3_PREFIX = env.str("S3_PREFIX", default="").strip("/")
S3_ACCESS_KEY_ID = env.str("S3_ACCESS_KEY_ID", default="")
S3_SECRET_ACCESS_KEY = env.str("S3_SECRET_ACCESS_KEY", default="")
S3_LINK_SECONDS = env.int("S3_LINK_SECONDS", default=3600, least=1)
_LOCAL_STORAGE = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": MEDIA_ROOT, "base_url": MEDIA_URL},
}
_S3_STORAGE = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": S3_BUCKET,
        "endpoint_url": S3_ENDPOINT_URL or None,
        "region_name": S3_REGION,
        "location": S3_PREFIX,
        "access_key": S3_ACCESS_KEY_ID or None,
        "secret_key": S3_SECRET_ACCESS_KEY or None,
        "default_acl": None,
        "querystring_auth": True,
        "querystring_expire": S3_LINK_SECONDS,
        "file_overwrite": True,
        # Seconds. A signature is made here because this replaces all that the storage would set itself.
        "client_config": Config(
            signature_version="s3v4",
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 3},
        ),
        # What is read from S3 goes to disk beyond this: without it a whole clip would lie in memory.
        "max_memory_size": 8 * 1024**2,
        # Part after part: ten at a time would be ten parts in memory for each file that is being stored.
        "transfer_config": TransferConfig(use_threads=False),
    },
}
STORAGES = {
    "default": _S3_STORAGE if S3_BUCKET else _LOCAL_STORAGE,
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
# Without a collected manifest (tests, `manage.py` on a fresh clone) files are found where they lie.
SERVESTATIC_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024**2
# The page of an order names each of its shots, and a film has thousands.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_TEMP_DIR = None

# ---------------------------------------------------------------------------------------------- the providers
FAL_KEY = env.str("FAL_KEY", default="") or env.str("FAL_API_KEY", default="")
KIE_API_KEY = env.str("KIE_API_KEY", default="")
# fal tells its bill to keys of the scope ADMIN only; empty means that FAL_KEY is one.
FAL_ADMIN_KEY = env.str("FAL_ADMIN_KEY", default="")
# Base addresses and file hosts of the providers; empty means the real ones (generation/providers names them).
FAL_QUEUE_URL = env.str("FAL_QUEUE_URL", default="")
FAL_REST_URL = env.str("FAL_REST_URL", default="")
FAL_API_URL = env.str("FAL_API_URL", default="")
FAL_MEDIA_HOSTS = env.list("FAL_MEDIA_HOSTS", default=[])
FAL_MEDIA_SECONDS = env.int("FAL_MEDIA_SECONDS", default=7 * 24 * 3600, least=1)
# Set at Kie.ai beside the key; without it Kie is not asked to call us, because nobody could tell its calls from others.
KIE_WEBHOOK_KEY = env.str("KIE_WEBHOOK_KEY", default="")
KIE_BASE_URL = env.str("KIE_BASE_URL", default="")
KIE_MEDIA_HOSTS = env.list("KIE_MEDIA_HOSTS", default=[])
# How many jobs run at a provider at a time, whoever ordered them; 0 means no limit of ours.
PROVIDER_CONCURRENCY = {
    "fal": env.int("FAL_CONCURRENCY", default=3),
    "kie": env.int("KIE_CONCURRENCY", default=3),
    "mock": env.int("MOCK_CONCURRENCY", default=8),
}
# After so many orders in a row without an answer a provider gets no more for a while; 0 means never.
PROVIDER_FAILURES = env.int("PROVIDER_FAILURES", default=5)
# How long an order waits for a provider that takes none before it is given up, and a fallback may stand in.
PROVIDER_PATIENCE_SECONDS = env.int("PROVIDER_PATIENCE_SECONDS", default=900, least=1)
USE_MOCK_DATA = env.bool("USE_MOCK_DATA", default=False)
MOCK_ROOT = env.str("MOCK_ROOT", default=str(VAR_DIR / "mock"))
MOCK_QUEUE_SECONDS = env.float("MOCK_QUEUE_SECONDS", default=1.5)
MOCK_RUN_SECONDS = env.float("MOCK_RUN_SECONDS", default=4.0)
MOCK_FAILURE_RATE = env.float("MOCK_FAILURE_RATE", default=0.0)
VIDEO_PROVIDER_TYPE = env.str("VIDEO_PROVIDER_TYPE", default="mock")
VIDEO_MODEL = env.str("VIDEO_MODEL", default="")
VIDEO_TO_VIDEO_MODEL = env.str("VIDEO_TO_VIDEO_MODEL", default="kling-o1-video-to-video-reference")
IMAGE_GEN_MODEL = env.str("IMAGE_GEN_MODEL", default="flux-dev")
DEFAULT_BUDGET_USD = env.str("DEFAULT_BUDGET_USD", default="50.00")

# -------------------------------------------------------------------------------------------------- the mails
MAILERS = mailers(env.str("EMAIL_URL", default="folder:"), VAR_DIR / "mails")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Rushes <rushes@localhost>")
# Links in mails need a whole address; without a public one they lead to this machine.
SITE_URL = PUBLIC_URL or f"http://localhost:{env.str('PORT', default='8000') or 8000}"

# ------------------------------------------------------------------------------------------------ the watcher
POLL_CONNECTIONS = env.int("POLL_CONNECTIONS", default=8, least=1)
SUBMIT_TIMEOUT_SECONDS = env.int("SUBMIT_TIMEOUT_SECONDS", default=60, least=1)
RESEND_AFTER_SECONDS = env.int("RESEND_AFTER_SECONDS", default=5, least=1)

# -------------------------------------------------------------------------------------------------- the pages
_MEDIA_HOSTS = [S3_PUBLIC_ENDPOINT_URL] if S3_BUCKET and S3_PUBLIC_ENDPOINT_URL else []
if S3_BUCKET and not S3_PUBLIC_ENDPOINT_URL:
    _MEDIA_HOSTS = [
        f"https://{S3_BUCKET}.s3.amazonaws.com",
        f"https://{S3_BUCKET}.s3.{S3_REGION}.amazonaws.com",
    ]
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:", *_MEDIA_HOSTS],
    "media-src": [CSP.SELF, "blob:", *_MEDIA_HOSTS],
    "connect-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}

# ------------------------------------------------------------------------------------------------ the figures
# Closed while both are empty.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="").strip()
METRICS_NETWORKS = env.list("METRICS_NETWORKS", default=[])

# ---------------------------------------------------------------------------------------------------- the log
LOG_FORMAT = env.one_of("LOG_FORMAT", ("text", "json"), default="text")
_LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
# What happened to each generation is for machines to collect; in a terminal it is shown to who asks for DEBUG.
_STORY_LEVEL = "INFO" if LOG_FORMAT == "json" else "WARNING"
_OVER_THE_ROOT: dict[str, object] = {"handlers": [], "propagate": True}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "studio.logs.lines.formatter", "kind": LOG_FORMAT}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": _LOG_LEVEL},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # Those that bring handlers of their own would write past the formatter, and with it their secrets.
        "django.server": _OVER_THE_ROOT,
        "uvicorn": _OVER_THE_ROOT,
        "uvicorn.error": _OVER_THE_ROOT,
        "uvicorn.access": _OVER_THE_ROOT,
        "celery": {"level": "WARNING"},
        "celery.task": _OVER_THE_ROOT,
        "celery.redirected": _OVER_THE_ROOT,
        "kombu": {"level": "ERROR"},
        "generation.story": {"level": "DEBUG" if _LOG_LEVEL == "DEBUG" else _STORY_LEVEL},
    },
}
