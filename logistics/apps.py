from django.apps import AppConfig


class Config(AppConfig):
    name = "logistics"
    verbose_name = "标本与医疗废物"
    default_auto_field = "django.db.models.BigAutoField"
    # Read by the document of lifecycles, which stands on a floor below.
    lifecycles = (
        ("SPECIMEN", "标本：一管一条，从采集到告知结果"),
        ("WASTE", "医疗废物：一袋（盒）一条，从床旁封口到交给处置单位"),
    )

    def ready(self):
        from logistics import subscriptions

        subscriptions.subscribe_all()
        subscriptions.teach_the_trace()
