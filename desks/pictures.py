"""A picture of a visit, opened at any desk that may see it; the look is on record before the first byte leaves."""

from django.http import FileResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinical import services as clinical


@require_safe
def picture(request, pk):
    row, content = clinical.show_picture(picture_id=pk, reason="查看护理照片", by=request.actor, now=timezone.now())
    return FileResponse(
        content,
        content_type=row.content_type,
        headers={"Content-Disposition": "inline", "Cache-Control": "no-store, private"},
    )
