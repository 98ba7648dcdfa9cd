from django.apps import AppConfig


class Config(AppConfig):
    name = "consults"
    verbose_name = "护理咨询"
    default_auto_field = "django.db.models.BigAutoField"
    # Read by the document of lifecycles, which stands on a floor below.
    lifecycles = (("CONSULT", "在线护理咨询：家属提问，中心护士在时限内答复，可以转为上门申请"),)

    def ready(self):
        from consults import subscriptions

        subscriptions.subscribe_all()
        subscriptions.teach_the_trace()
