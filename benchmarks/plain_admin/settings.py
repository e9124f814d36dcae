"""A plain Django admin over the product's tables: what a project has that begins with one.

Stock settings, but for two things in its favour: its connections stay open, as ours do, and it
logs nothing. With ACTS_AS, a sales admin's id, its connections are that person's, under row
security like everything in this product that people use; without, they are those of the owner of
the tables, to whom no policy applies.
"""

import os
from urllib.parse import unquote

import environ

SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]

INSTALLED_APPS = [
    "backoffice",
    "people",
    "benchmarks.plain_admin.deaf.DeafHistory",
    "protection",
    "notifications",
    "callbacks",
    "leads",
    "dispositions",
    "benchmarks.plain_admin",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "guardian",
    "phonenumber_field",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "benchmarks.plain_admin.urls"
WSGI_APPLICATION = "benchmarks.plain_admin.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

_acts_as = os.environ.get("ACTS_AS", "")
_said = environ.Env().db_url_config(
    os.environ["DATABASE_URL" if _acts_as else "DATABASE_OWNER_URL"]
)
_person = {"options": f"-c role=backoffice_admin -c app.user_id={_acts_as}"} if _acts_as else {}
DATABASES = {
    "default": _said
    | {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": unquote(_said["HOST"]),
        "CONN_MAX_AGE": 600,
        "OPTIONS": _said.get("OPTIONS", {}) | _person,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
ANONYMOUS_USER_NAME = None

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "static/"
PHONENUMBER_DEFAULT_REGION = "US"
