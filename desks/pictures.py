"""A picture of a visit, opened at any desk that may see it; the look is on record before the first byte leaves."""

from django.utils import timezone
from django.views.decorators.http import require_safe

from clinical import services as clinical
from desks import downloads


@require_safe
def picture(request, pk):
    row, content = clinical.show_picture(picture_id=pk, reason="查看护理照片", by=request.actor, now=timezone.now())
    return downloads.shown(content, kind=row.content_type)
