from django.apps import AppConfig


class Config(AppConfig):
    name = "orders"
    verbose_name = "申请与订单"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from orders import live, subscriptions

        subscriptions.subscribe_all()
        live.subscribe_all()
