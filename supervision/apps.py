from django.apps import AppConfig


class Config(AppConfig):
    name = "supervision"
    verbose_name = "监管与质控"
    default_auto_field = "django.db.models.BigAutoField"
    # Read by the document of lifecycles, which stands on a floor below.
    lifecycles = (
        ("FINDING", "监管问题：发现、分派、整改、复核、销号"),
        ("TOUR", "牵头医院督导：计划、记录、评估"),
        ("CHANGE", "区级设置：一人提出、另一人复核"),
        ("DRAFT", "项目目录：起草、专家论证、另一人批准发布"),
    )

    def ready(self):
        from supervision import subscriptions

        subscriptions.subscribe_all()
        subscriptions.teach_the_trace()
