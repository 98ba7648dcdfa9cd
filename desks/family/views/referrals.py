"""The family's referrals in plain words: where to, how far, what came of it (003 二(五)13)."""

from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import services as audit
from desks import office
from desks.family.frame import family_page, show
from desks.family.rows import plain
from referrals import faces, selectors
from referrals.doors import door_of
from referrals.models import Referral

PLAIN = {
    "propose": "提出转诊",
    "accept": "对方同意接收",
    "decline": "对方没有接收",
    "withdraw": "转诊已撤回",
    "arrive": "已经到达",
    "feed_back": "反馈结果",
    "hear": "收到医院答复",
    "close": "转诊结束",
    "lapse": "转诊结束",
}
TOLD_WHY = {"decline"}


@require_safe
@family_page
def listing(request):
    page = office.page_of(selectors.of_family(actor=request.family), request)
    page.object_list = [_line(row) for row in page.object_list]
    return show(request, "family/referrals.html", back=reverse("family:home"), page=page)


@require_safe
@family_page
def one(request, number):
    row = selectors.referral(actor=request.family, number=number)
    audit.looked(target=row, by=request.family, now=timezone.now(), why="家属查看转诊")
    story = [
        {
            "title": PLAIN[step.name],
            "at": step.taken_at,
            "detail": step.reason if step.name in TOLD_WHY else "",
            "state": "alert" if step.name in TOLD_WHY else "done",
        }
        for step in row.steps.order_by("pk")
        if step.name in door_of(row).workflow
    ]
    context = {**_line(row), "story": story}
    return show(request, "family/referral.html", back=reverse("family:referrals"), centre=row.centre, **context)


def _line(row):
    up = row.direction == Referral.Direction.UP
    return {
        "row": row,
        "face": plain(faces.REFERRAL[row.status]),
        "up": up,
        "to": row.hospital.name if up else row.centre.name,
        "origin": row.centre.name if up else row.hospital.name,
    }
