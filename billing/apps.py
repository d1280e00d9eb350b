from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing import outbox, tasks
        from billing.models import Alert, Notice

        outbox.register(Alert, tasks.send_alert)
        outbox.register(Notice, tasks.send_notice)
