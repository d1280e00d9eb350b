from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "studio"
    verbose_name = "Studio"

    def ready(self) -> None:
        from billing import audience
        from studio import checks  # noqa: F401 - registers the system checks
        from studio.audience import audience_of

        audience.register(audience_of)
