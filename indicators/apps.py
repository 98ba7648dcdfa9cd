from django.apps import AppConfig


class Config(AppConfig):
    name = "indicators"
    verbose_name = "指标、任务与工作量"
    default_auto_field = "django.db.models.BigAutoField"
    # Read by the document of lifecycles, which stands on a floor below.
    lifecycles = (("TASK", "重点任务：牵头单位、完成时限、半年评估和完成凭据"),)

    def ready(self):
        from indicators import subscriptions

        subscriptions.subscribe_all()
        subscriptions.teach_the_trace()
