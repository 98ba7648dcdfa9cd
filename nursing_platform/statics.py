"""How front-end files are served."""

from collections.abc import Callable

from django.core.files.base import ContentFile, File
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

SMALLER: dict[str, Callable[[str], str]] = {".js": jsmin, ".css": cssmin}


class Statics(CompressedManifestStaticFilesStorage):
    """
    Scripts name each other by the same hashed names that pages use, so that a phone keeps and finds one of each.

    What is written for people is stored without its comments and spaces: phones load it where the signal is weak.
    """

    support_js_module_import_aggregation = True

    def _save(self, name: str, content: File) -> str:
        for suffix, smaller in SMALLER.items():
            if name.endswith(suffix) and not name.endswith(f".min{suffix}"):
                content.seek(0)
                content = ContentFile(smaller(content.read().decode()).encode())
        return super()._save(name, content)
