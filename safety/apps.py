from django.apps import AppConfig


class Config(AppConfig):
    name = "safety"
    verbose_name = "投诉与不良事件"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from safety import subscribers

        subscribers.subscribe_all()
