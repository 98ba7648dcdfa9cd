app_name = "nurse"
urlpatterns = []
