from desks.pages import PUBLIC, page
from desks.public import views

app_name = "public"
urlpatterns = [
    page("", views.home, name="home", roles=PUBLIC),
    page("checking/", views.checking, name="checking", roles=PUBLIC),
    page("checking/verify.py", views.program, name="checking_program", roles=PUBLIC),
]
