from desks.account import devices, password, reach, registration, views
from desks.pages import PUBLIC, SIGNED_IN, page

app_name = "account"
urlpatterns = [
    page("login/", views.sign_in, name="login", roles=PUBLIC),
    page("login/demo/", views.sign_in_demo, name="login_demo", roles=PUBLIC),
    page("register/", registration.register, name="register", roles=PUBLIC),
    page("logout/", views.sign_out, name="logout", roles=SIGNED_IN),
    page("start/", views.start, name="start", roles=SIGNED_IN),
    page("me/", views.me, name="me", roles=SIGNED_IN),
    page("me/size/", views.choose_size, name="size", roles=SIGNED_IN),
    page("me/reach/", reach.reach, name="reach", roles=SIGNED_IN),
    page("me/reach/devices/", devices.add, name="devices_add", roles=SIGNED_IN),
    page("me/reach/devices/<uuid:pk>/off/", devices.off, name="device_off", roles=SIGNED_IN),
    page("me/sw.js", devices.worker, name="push_worker", roles=PUBLIC),
    page("me/password/", password.change, name="password", roles=SIGNED_IN),
    page("messages/", views.messages, name="messages", roles=SIGNED_IN),
]
