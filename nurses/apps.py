from django.apps import AppConfig


class Config(AppConfig):
    name = "nurses"
    verbose_name = "护士"
    default_auto_field = "django.db.models.BigAutoField"
