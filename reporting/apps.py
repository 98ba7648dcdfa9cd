from django.apps import AppConfig


class Config(AppConfig):
    name = "reporting"
    verbose_name = "工作报告与导出"
    default_auto_field = "django.db.models.BigAutoField"
    # Read by the document of lifecycles, which stands on a floor below.
    lifecycles = (
        ("SUMMARY", "工作报告：起草、提交、审核、公布；每次提交留一版"),
        ("EXPORT", "数据导出：申请、他人同意、限时下载、到期清除"),
        ("PACK", "市质控报送：准备、递交、凭回执登记签收或退回；没有回执的不算签收"),
    )

    def ready(self):
        from reporting import subscriptions

        subscriptions.subscribe_all()
        subscriptions.teach_the_trace()
