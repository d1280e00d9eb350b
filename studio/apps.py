from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "studio"
    verbose_name = "Studio"

    def ready(self) -> None:
        from billing import audience, outbox
        from generation import daily
        from generation.signals import ended, look_back
        from studio import checks, fallbacks, order_news, tasks  # noqa: F401 - importing checks registers them
        from studio.audience import audience_of
        from studio.client_links import preparing
        from studio.comparison import news
        from studio.models import AccountMail, Invitation, NoticeMail
        from studio.people import admin_sign_in

        audience.register(audience_of)
        outbox.register(NoticeMail, tasks.send_notices)
        outbox.register(AccountMail, tasks.send_account_mail)
        outbox.register(Invitation, tasks.send_invitation)
        admin_sign_in.guard()
        daily.register(tasks.housekeep)
        ended.connect(fallbacks.when_ended, dispatch_uid="studio.fallbacks")
        look_back.connect(fallbacks.when_looking_back, dispatch_uid="studio.fallbacks")
        # After the fallbacks: a take that has got a stand-in is no failure to tell of.
        ended.connect(order_news.when_ended, dispatch_uid="studio.order_news")
        look_back.connect(order_news.when_looking_back, dispatch_uid="studio.order_news")
        ended.connect(news.when_ended, dispatch_uid="studio.comparison")
        look_back.connect(news.when_looking_back, dispatch_uid="studio.comparison")
        look_back.connect(tasks.when_looking_back, dispatch_uid="studio.notice_mails")
        look_back.connect(preparing.when_looking_back, dispatch_uid="studio.client_links")
