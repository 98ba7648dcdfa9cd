from django.apps import AppConfig


class Config(AppConfig):
    name = "catalog"
    verbose_name = "项目目录"
    default_auto_field = "django.db.models.BigAutoField"
