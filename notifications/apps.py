from django.apps import AppConfig


class Config(AppConfig):
    name = "notifications"
    verbose_name = "消息"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from notifications import subscribers

        subscribers.subscribe_all()
