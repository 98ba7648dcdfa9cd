from django.apps import AppConfig


class Config(AppConfig):
    name = "bench"
    default_auto_field = "django.db.models.BigAutoField"
