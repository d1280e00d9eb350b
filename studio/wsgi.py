"""WSGI entry point, for servers without ASGI. The live stream of changes needs ASGI; pages poll without it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
application = get_wsgi_application()
