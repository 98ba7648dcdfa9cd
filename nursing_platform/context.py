"""What every template may ask for."""

from django.conf import settings

from nursing_platform import logs


def site(request):
    return {"DEMO": settings.DEMO, "request_id": logs.request_id()}
