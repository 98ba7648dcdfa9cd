from django.apps import AppConfig


class Config(AppConfig):
    name = "followups"
    verbose_name = "随访"
    default_auto_field = "django.db.models.BigAutoField"
    # Read by the document of lifecycles, which stands on a floor below.
    lifecycles = (
        ("PLAN", "随访计划：从上门结束或出院登记，到做完或结束"),
        ("TASK", "随访：到期、完成、逾期未做"),
        ("GREEN", "绿色通道：随访发现异常，医生在时限内接手并处理"),
    )

    def ready(self):
        from followups import subscribers

        subscribers.subscribe_all()
        subscribers.teach_the_trace()
