"""Database connections of processes that work without end.

Django gives a connection up when a request or a task is over. A web process needs that: it has many threads that rest.
The few threads of a worker and of the watcher do the next thing at once, and a new connection to PostgreSQL costs more
than all statements of a task. So they keep theirs, one a thread, and look before each use whether it still answers.
"""

from django.db import connections

KEEP_SECONDS = 300


def keep() -> None:
    """Keep the connections of this process between tasks, unless `CONN_MAX_AGE` says for how long."""
    for settings in connections.settings.values():
        if settings["ENGINE"].endswith("sqlite3") or settings["CONN_MAX_AGE"] != 0:
            continue
        settings["CONN_MAX_AGE"] = KEEP_SECONDS
        settings["CONN_HEALTH_CHECKS"] = True
