from desks.pages import PUBLIC, page
from desks.public import views

app_name = "public"
urlpatterns = [page("", views.home, name="home", roles=PUBLIC)]
