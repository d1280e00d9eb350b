"""The queues of the broker, one for each kind of work, and which task goes where.

So what is slow of one kind cannot keep another waiting: `celery -A studio worker -Q store` takes that kind only, one
without `-Q` takes all. There is none for polling: that is the watcher's loop, which waits for no message.
"""

from collections.abc import Mapping, Sequence

from kombu import Exchange, Queue

# Each task by its queue; a task that stands nowhere here is a mistake that the tests find.
TASKS: Mapping[str, Sequence[str]] = {
    # Short questions and orders to providers.
    "submit": ("generation.submit", "generation.cancel", "generation.look_for"),
    # Results: long downloads, their check, the way into the storage.
    "store": ("generation.store",),
    # Stills of what is stored, defect checks, copies marked for clients: work for the processor, while all else waits
    # for networks.
    "poster": ("generation.draw_poster", "generation.inspect", "studio.mark_file"),
    "mail": (
        "billing.send_alert",
        "billing.send_notice",
        "studio.send_notices",
        "studio.send_account_mail",
        "studio.send_invitation",
    ),
    # The day's work, which may take long and which nobody waits for.
    "housekeeping": ("studio.housekeep", "studio.clear_link"),
}
# Goes to every queue, so that each shows whether somebody takes from it.
BEAT = "generation.beat"

DEFAULT = "housekeeping"
# With one exchange each: queues that share one and its routing key would each get every message.
QUEUES = [Queue(name, Exchange(name, type="direct"), routing_key=name) for name in TASKS]
ROUTES = {task: {"queue": queue} for queue, tasks in TASKS.items() for task in tasks}
