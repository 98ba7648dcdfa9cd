"""Files as answers. That no cache keeps one is said where every answer to a signed-in person gets its headers."""

from typing import IO

from django.http import FileResponse, HttpResponse


def saved(content: bytes | str, *, name: str, kind: str) -> HttpResponse:
    """A file to be saved under this name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


def shown(content: IO[bytes], *, kind: str) -> FileResponse:
    """A stored file to be looked at in the page or a tab of its own. The look must be on record before."""
    return FileResponse(content, content_type=kind, headers={"Content-Disposition": "inline"})
