from django.apps import AppConfig


class Config(AppConfig):
    name = "audit"
    verbose_name = "留痕"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from audit import checks  # noqa: F401 registers the check
