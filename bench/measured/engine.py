"""The product's settings on a PostgreSQL that counts its statements."""

from studio.settings import *  # noqa: F403

DATABASES["default"]["ENGINE"] = "measured.postgres"  # noqa: F405
