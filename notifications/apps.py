from django.apps import AppConfig


class Config(AppConfig):
    name = "notifications"
    verbose_name = "消息"
    default_auto_field = "django.db.models.BigAutoField"
    # Read by the document of lifecycles, which stands on a floor below.
    lifecycles = (("CALL", "待打电话：消息到不了的人，由中心打电话告知"),)

    def ready(self):
        from notifications import subscribers

        subscribers.subscribe_all()
        subscribers.teach_the_trace()
