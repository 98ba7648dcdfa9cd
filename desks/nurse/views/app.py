"""What makes the nurse's pages an app on her phone: manifest, icon, service worker, and the page for no network."""

import hashlib
import json
from functools import cache
from io import BytesIO

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from PIL import Image, ImageDraw

from desks.statics import sheet_urls

FILES = (
    "css/badge.css", "icon.svg", "icons/sprite.svg",
    "vendor/idb/index.js", "vendor/signature_pad/signature_pad.min.js",
    "js/size.js", "js/dialog.js", "js/geo.js", "js/form.js", "js/countdown.js", "js/live.js", "js/readaloud.js",
    "js/outbox.js", "js/nurse.js", "js/sos.js", "js/visit.js", "js/limits.js", "js/renew.js", "js/outboxpage.js",
    "js/signature.js", "js/sign.js", "js/where.js", "js/picture.js",
)  # fmt: skip
BRAND, GROUND = "#0e6d67", "#f3f6f4"
ICONS = (180, 192, 512)


@require_safe
@cache_control(max_age=3600)
def manifest(request):
    icons = [
        {"src": reverse("nurse:icon", args=[size]), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in ICONS[1:]
    ]
    icons.append({"src": static("icon.svg"), "sizes": "any", "type": "image/svg+xml"})
    said = {
        "name": "护到家 护士端",
        "short_name": "护到家",
        "lang": "zh-CN",
        "id": reverse("nurse:home"),
        "start_url": reverse("nurse:today"),
        "scope": reverse("nurse:home"),
        "display": "standalone",
        "orientation": "portrait",
        "background_color": GROUND,
        "theme_color": GROUND,
        "icons": icons,
        "shortcuts": [
            {"name": "今天", "url": reverse("nurse:today")},
            {"name": "待发送的记录", "url": reverse("nurse:outbox")},
        ],
    }
    return JsonResponse(said, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@require_safe
@cache_control(max_age=86400)
def icon(request, size):
    """The brand's house as a picture: phones do not draw an SVG on their home screen."""
    if size not in ICONS:
        return HttpResponse(status=404)
    return HttpResponse(_drawn(size), content_type="image/png")


@require_safe
@cache_control(no_cache=True)
def worker(request):
    files = [*sheet_urls("phone"), *(static(name) for name in FILES)]
    version = hashlib.sha256(json.dumps(files).encode() + _script().encode()).hexdigest()[:12]
    context = {
        "files": json.dumps(files),
        "version": version,
        "offline": reverse("nurse:no_network"),
        "home": reverse("nurse:messages"),
    }
    return render(request, "nurse/sw.js", context, content_type="text/javascript")


@require_safe
def no_network(request):
    """Shown by the phone itself for a page that it does not have; it knows nobody."""
    return render(request, "nurse/no_network.html")


@cache
def _script() -> str:
    from django.template.loader import get_template

    return get_template("nurse/sw.js").template.source


@cache
def _drawn(size: int) -> bytes:
    scale = size / 32
    picture = Image.new("RGB", (size * 4, size * 4), BRAND)
    pen, width = ImageDraw.Draw(picture), round(2 * scale * 4)

    def at(*points):
        return [(x * scale * 4, y * scale * 4) for x, y in points]

    house = at((7.5, 15.5), (16, 8.5), (24.5, 15.5), (24.5, 24.5), (7.5, 24.5), (7.5, 15.5), (16, 8.5))
    pen.line(house, fill="white", width=width, joint="curve")
    pen.line(at((16, 14), (16, 21)), fill="white", width=width)
    pen.line(at((12.5, 17.5), (19.5, 17.5)), fill="white", width=width)
    kept = BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(kept, "PNG", optimize=True)
    return kept.getvalue()
