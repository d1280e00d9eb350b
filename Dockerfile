# The image of every process: docker-compose.yml says which command each runs.
FROM ghcr.io/astral-sh/uv:0.9-python3.13-trixie-slim AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app
COPY pyproject.toml uv.lock .python-version ./
RUN uv sync --frozen --no-dev --no-cache
COPY . .
# The key of development is enough to collect files; it is not in what runs.
RUN VAR_DIR=/tmp/var STATIC_ROOT=/app/collected .venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM python:3.13-slim-trixie
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/rushes STATIC_ROOT=/app/collected LOG_FORMAT=json
RUN useradd --system --uid 10001 --home-dir /var/lib/rushes --create-home rushes
WORKDIR /app
COPY --from=build /app /app
USER 10001
VOLUME /var/lib/rushes
EXPOSE 8000
# Alive, not well: a web process is not at fault when the watcher or the broker is down, which /healthz would say.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://localhost:8000/livez', timeout=4)"]
CMD ["uvicorn", "studio.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--lifespan", "off", "--no-proxy-headers", "--timeout-graceful-shutdown", "20"]
