"""Her badge, held out at the door: who she is, for whom she works, and a code that the family can check."""

from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import district_of
from desks import qr
from desks.nurse import frame
from kernel.refusals import hidden
from nurses import selectors as nurses
from orders import badges, selectors

DAYS = 2


@require_safe
def badge(request):
    """With ``?order=`` the badge is for that visit; else for the one that she goes to next, or for none."""
    now = timezone.now()
    nurse = nurses.nurse_of(request.user.pk)
    visit = _visit(request, now)
    centre = visit.centre if visit else _centre(request)
    if nurse is None or centre is None:
        raise hidden("这张工牌")
    said, text = badges.issue(nurse=nurse, centre=centre, order=visit, now=now)
    address = f"{request.build_absolute_uri(reverse('public:badge'))}#{text}"
    district = district_of(centre)
    profile = getattr(district, "profile", None)
    context = {
        "centre": centre,
        "said": said,
        "visit": visit,
        "initials": said.name[-2:],
        "face": nurses.face_of(nurse.pk),
        "code": qr.svg(address, f"{said.name}的工牌二维码"),
        "address": address,
        "nurse": nurse,
        "certificates": [row for row in nurses.file_of(nurse.pk)["certificates"] if row.expires_on >= now.date()],
        "supervision": {
            "name": district.name,
            "number": (profile.supervision_phone if profile else "") or district.phone,
        },
        "back_url": reverse("nurse:visit", args=[visit.number])
        if request.GET.get("order") and visit
        else reverse("nurse:me"),
    }
    return frame.page(request, "nurse/badge.html", context, keep=True)


def _visit(request, now):
    if number := request.GET.get("order", ""):
        return badges.expected([selectors.nurse_visit(actor=request.actor, number=number)])
    today = timezone.localdate(now)
    left_over = selectors.nurse_left_over(actor=request.actor, day=today)
    return badges.expected([*left_over, *selectors.nurse_visits(actor=request.actor, start=today, days=DAYS)])


def _centre(request):
    places = request.actor.orgs_as(Role.NURSE)
    return Organization.objects.filter(pk__in=places).select_related("parent__parent").order_by("pk").first()
