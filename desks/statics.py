"""How front-end files are served."""

from collections.abc import Callable, Iterator

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile, File
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

SMALLER: dict[str, Callable[[str], str]] = {".js": jsmin, ".css": cssmin}

_EVERYWHERE = ("css/tokens.css", "css/base.css", "css/parts.css")
SHEETS = {
    "phone": (*_EVERYWHERE, "css/phone.css"),
    "planner": (*_EVERYWHERE, "css/staff.css", "css/planner.css"),
    "print": (*_EVERYWHERE, "css/print.css"),
    "public": (*_EVERYWHERE, "css/public.css"),
    "staff": (*_EVERYWHERE, "css/staff.css"),
}


def sheet_urls(name: str) -> list[str]:
    """The addresses of a kind of page's style: one where files are collected, each part's own where they are not."""
    if isinstance(staticfiles_storage, Statics):
        return [staticfiles_storage.url(_whole(name))]
    return [staticfiles_storage.url(part) for part in SHEETS[name]]


def _whole(name: str) -> str:
    return f"css/whole-{name}.css"


class Statics(CompressedManifestStaticFilesStorage):
    """
    Scripts name each other by the same hashed names that pages use, so that a phone keeps and finds one of each.

    What is written for people is stored without its comments and spaces, and what a kind of page always loads together
    in one file: phones load it where the signal is weak.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict, dry_run: bool = False, **options) -> Iterator:
        if not dry_run:
            for name, parts in SHEETS.items():
                whole = _whole(name)
                self.delete(whole)
                self.save(whole, ContentFile(b"\n".join(self._read(part) for part in parts)))
                paths[whole] = (self, whole)
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def _read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read()

    def _save(self, name: str, content: File) -> str:
        for suffix, smaller in SMALLER.items():
            if name.endswith(suffix) and not name.endswith(f".min{suffix}"):
                content.seek(0)
                content = ContentFile(smaller(content.read().decode()).encode())
        return super()._save(name, content)
