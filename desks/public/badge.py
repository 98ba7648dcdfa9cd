"""
The page behind the QR of a nurse's badge: is it true that she comes to us?

The statement stands behind the ``#`` of the address, so it reaches no server by itself. The page's script checks it
with the public key that the page carries, also without network; with network the platform says what has changed since.
"""

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.selectors import commission
from desks.statics import sheet_urls
from nurses import badge
from nurses import selectors as nurses
from orders import badges

KEPT = ("icon.svg", "css/badge.css", "js/size.js", "js/form.js", "js/badge.js")


@require_safe
def page(request):
    district = commission()
    context = {"key": badge.public_key(), "key_id": badge.key_id(), "district": district, "phone": phone_of(district)}
    return render(request, "public/badge.html", context)


@never_cache
@require_safe
def check(request):
    """What the platform says of one statement; nothing about anybody who is not named in it already."""
    verdict, said = badges.check(request.GET.get("s", ""), now=timezone.now())
    answer = {"verdict": str(verdict)}
    if said is not None:
        answer |= {"n": said.name, "t": said.title, "o": said.institution, "x": int(said.until.timestamp())}
        if said.starts_at:
            answer["s"] = int(said.starts_at.timestamp())
        if verdict == badge.Verdict.REAL:
            answer["p"] = nurses.face_of(said.nurse_id)
    return JsonResponse(answer)


@never_cache
@require_safe
def worker(request):
    """The page's own service worker: it keeps this one page and what it is made of, and nothing else."""
    files = [*sheet_urls("public"), *(staticfiles_storage.url(name) for name in KEPT)]
    return render(request, "public/badge_worker.js", {"files": files}, content_type="text/javascript")


def phone_of(district) -> dict:
    """Whom to call who is in doubt: the supervision phone of the commission."""
    if district is None:
        return {}
    profile = getattr(district, "profile", None)
    return {"name": district.name, "number": (profile.supervision_phone if profile else "") or district.phone}
