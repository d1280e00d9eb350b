"""The product's settings with an empty view beside its pages, and with the count of queries in a header."""

from studio.settings import *  # noqa: F403

ROOT_URLCONF = "measured.urls"
MIDDLEWARE = ["measured.counting.count_queries", *MIDDLEWARE]  # noqa: F405
ALLOWED_HOSTS = ["127.0.0.1"]
