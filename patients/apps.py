from django.apps import AppConfig


class Config(AppConfig):
    name = "patients"
    verbose_name = "服务对象"
    default_auto_field = "django.db.models.BigAutoField"
