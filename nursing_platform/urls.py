from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from nursing_platform import api_docs, health

handler400 = "nursing_platform.errors.bad_request"
handler403 = "nursing_platform.errors.permission_denied"
handler404 = "nursing_platform.errors.page_not_found"
handler500 = "nursing_platform.errors.server_error"

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", api_docs.page, name="api-docs"),
    path("api/v1/", include("nursing_platform.api_urls")),
    path("admin/", admin.site.urls),
    path("", include("desks.urls")),
]
