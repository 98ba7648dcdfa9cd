from django.apps import AppConfig


class Config(AppConfig):
    name = "referrals"
    verbose_name = "远程会诊与双向转诊"
    default_auto_field = "django.db.models.BigAutoField"
    # Read by the document of lifecycles, which stands on a floor below.
    lifecycles = (
        ("REMOTE", "远程护理会诊：中心提问，牵头医院专家在时限内出具意见"),
        ("UP", "上转：中心医生转往牵头医院，医院接收、登记到达、反馈结果"),
        ("DOWN", "下转：牵头医院转回中心居家护理，中心接收后进入服务申请"),
    )

    def ready(self):
        from referrals import subscriptions

        subscriptions.subscribe_all()
        subscriptions.teach_the_trace()
