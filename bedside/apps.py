from django.apps import AppConfig


class Config(AppConfig):
    name = "bedside"
    verbose_name = "手机记录"
    default_auto_field = "django.db.models.BigAutoField"
