from django.apps import AppConfig


class Config(AppConfig):
    name = "clinical"
    verbose_name = "临床文书"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from clinical import subscriptions

        subscriptions.subscribe_all()
