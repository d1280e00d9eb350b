from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "studio"
    verbose_name = "Studio"

    def ready(self) -> None:
        from billing import audience
        from generation import daily
        from generation.signals import ended, look_back
        from studio import checks, fallbacks  # noqa: F401 - importing checks registers them
        from studio.audience import audience_of
        from studio.tasks import housekeep

        audience.register(audience_of)
        daily.register(housekeep)
        ended.connect(fallbacks.when_ended, dispatch_uid="studio.fallbacks")
        look_back.connect(fallbacks.when_looking_back, dispatch_uid="studio.fallbacks")
