app_name = "doctor"
urlpatterns = []
