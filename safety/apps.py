from django.apps import AppConfig


class Config(AppConfig):
    name = "safety"
    verbose_name = "安全、投诉与不良事件"
    default_auto_field = "django.db.models.BigAutoField"
    # Read by the document of lifecycles, which stands on a floor below.
    lifecycles = (
        ("ALARM", "求助：护士一键求助，或到时没有平安信号"),
        ("FLAG", "入户风险提示：有事实、有期限、可申诉"),
        ("REPORT", "投诉举报：向中心或向区卫生健康委，有受理和答复时限"),
    )

    def ready(self):
        from safety import subscribers

        subscribers.subscribe_all()
        subscribers.teach_the_trace()
