from django.apps import AppConfig


class Config(AppConfig):
    name = "desks"
    verbose_name = "页面"
    default_auto_field = "django.db.models.BigAutoField"
