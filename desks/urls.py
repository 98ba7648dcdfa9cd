from django.urls import include, path

urlpatterns = [
    path("", include("desks.public.urls")),
    path("", include("desks.account.urls")),
    path("family/", include("desks.family.urls")),
    path("dispatch/", include("desks.dispatch.urls")),
    path("doctor/", include("desks.doctor.urls")),
    path("nurse/", include("desks.nurse.urls")),
    path("centre/", include("desks.centre.urls")),
    path("review/", include("desks.review.urls")),
    path("oversight/", include("desks.oversight.urls")),
]
