from django.apps import AppConfig


class Config(AppConfig):
    name = "education"
    verbose_name = "健康教育与培训"
    default_auto_field = "django.db.models.BigAutoField"
    # Read by the document of lifecycles, which stands on a floor below.
    lifecycles = (
        ("ARTICLE", "科普文章：起草、他人审核、发布、撤下；新的一版代替旧的一版"),
        ("COURSE", "培训课程：起草、他人审核、发布、撤下"),
        ("POST", "风采展示：机构投稿，区卫生健康委审核后发布"),
    )

    def ready(self):
        from education import subscriptions

        subscriptions.subscribe_all()
        subscriptions.teach_the_trace()
