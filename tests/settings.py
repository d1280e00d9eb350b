"""The settings of the product with what tests need: a fast hasher, folders of their own, no keys."""

import os
import tempfile

_ROOT = tempfile.mkdtemp(prefix="rushes-tests-")
os.environ.setdefault("VAR_DIR", _ROOT)
for _name in ("FAL_KEY", "FAL_API_KEY", "FAL_ADMIN_KEY", "KIE_API_KEY", "PUBLIC_URL", "S3_BUCKET"):
    os.environ[_name] = ""
os.environ["USE_MOCK_DATA"] = "true"
# No lane: a test names the order that it wants sent. Those of the lanes set their own.
os.environ["MOCK_CONCURRENCY"] = "0"

from studio.settings import *  # noqa: E402, F403

# It would read the folder of static files for each client of a test, and run each request through a loop of its own:
# more time than all else. Processes that tests start have it.
MIDDLEWARE = [each for each in MIDDLEWARE if not each.startswith("servestatic.")]  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
MOCK_QUEUE_SECONDS = 0.0
MOCK_RUN_SECONDS = 0.0

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, because threads and processes must see the same database; power cuts do not matter here.
    DATABASES["default"]["TEST"] = {"NAME": f"{_ROOT}/tests.sqlite3"}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] = (  # noqa: F405
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    )
