"""
Private files: what may enter, and where it rests.

A picture is decoded and written anew, so neither EXIF (where was this taken?) nor anything appended to it survives.
A file is written before its row: a crash between the two leaves a file that nobody can ask for, which is harmless;
the other way round would leave a row that promises a paper and has none.
"""

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import puremagic
from django.conf import settings
from PIL import Image, ImageOps

from kernel.refusals import Invalid, Refusal

LARGEST = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 3000  # a page stays readable, and a shelf of them stays affordable
CLAUSE = "004 三(八)"

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"


@dataclass(frozen=True, slots=True)
class Sound:
    """A file that may be kept: its type by content, and the bytes that will rest."""

    content_type: str
    data: bytes
    sha256: str


def judge(file: Any) -> Sound:
    """
    Read an uploaded file and make it safe to keep.

    :raises kernel.refusals.Invalid: empty, too large, of another type than PDF, JPEG or PNG, or broken
    """
    data = file.read(LARGEST + 1)
    if not data:
        raise _no("upload.empty", "这个文件是空的，请重新选择。")
    if len(data) > LARGEST:
        raise _no("upload.too_large", "文件请不要超过 10 MB，可以拍得小一些再上传。")
    content_type = _type_of(data)
    if content_type in {JPEG, PNG}:
        data = _redrawn(data, content_type)
    elif content_type != PDF or not data.startswith(b"%PDF-"):
        raise _no("upload.type", "只能上传 JPG、PNG 照片或 PDF 文件。")
    return Sound(content_type, data, hashlib.sha256(data).hexdigest())


def keep(upload_id: UUID, data: bytes) -> None:
    """Write the file under its random name; nothing that exists is ever overwritten."""
    path = path_of(upload_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def opened(upload_id: UUID) -> IO[bytes]:
    return path_of(upload_id).open("rb")


def path_of(upload_id: UUID) -> Path:
    return Path(settings.PRIVATE_UPLOADS) / upload_id.hex[:2] / str(upload_id)


def _type_of(data: bytes) -> str:
    try:
        return puremagic.from_string(data, mime=True)
    except (puremagic.PureError, ValueError):
        return ""


def _redrawn(data: bytes, content_type: str) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            # JPEG decodes straight to about this size, which also bounds the memory that it takes.
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture)
            clean = upright.convert("RGBA" if content_type == PNG and upright.has_transparency_data else "RGB")
            clean.info.clear()
            out = io.BytesIO()
            if content_type == PNG:
                clean.save(out, "PNG")
            else:
                clean.save(out, "JPEG", quality=85)
    except Image.DecompressionBombError as bomb:
        raise _no("upload.pixels", "这张照片的尺寸太大，请用普通拍照模式重新拍摄。") from bomb
    except Exception as broken:  # a hostile file may make a decoder give up in any way; none of them is a 500
        raise _no("upload.broken", "这张照片打不开，可能没有传完整，请重新上传。") from broken
    return out.getvalue()


def _no(code, sentence):
    return Invalid(Refusal(code, sentence, CLAUSE, field="file"))
