from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "studio"
    verbose_name = "Studio"

    def ready(self) -> None:
        from billing import audience
        from generation.signals import ended
        from studio import checks, fallbacks  # noqa: F401 - importing checks registers them
        from studio.audience import audience_of

        audience.register(audience_of)
        ended.connect(fallbacks.when_ended, dispatch_uid="studio.fallbacks")
