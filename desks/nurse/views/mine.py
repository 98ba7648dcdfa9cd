"""What concerns herself: messages, papers with their last day, posts, size of text."""

from datetime import timedelta

from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import selectors as accounts
from desks.nurse import frame
from notifications import selectors as notifications
from notifications import services as notification_services
from nurses import selectors as nurses
from orders import workload as orders

PAGE = 50
SOON = timedelta(days=60)


@require_safe
def messages(request):
    inbox = list(notifications.inbox(user_id=request.user.pk)[:PAGE])
    return frame.page(request, "nurse/messages.html", {"inbox": inbox, "unread": any(m.read_at is None for m in inbox)})


@require_POST
def messages_read(request):
    notification_services.mark_all_read(by=request.actor, now=timezone.now())
    return redirect("nurse:messages")


@require_safe
def me(request):
    today = timezone.localdate()
    nurse = nurses.nurse_of(request.user.pk)
    posts = accounts.posts_in_force(on=today).filter(user=request.user).select_related("organisation").order_by("pk")
    context = {"nurse": nurse, "posts": posts, "groups": _papers(nurse, today) if nurse else []}
    return frame.page(request, "nurse/me.html", context)


@require_safe
def workload(request):
    today = timezone.localdate()
    context = {"load": orders.of_nurse(actor=request.actor, today=today), "back_url": reverse("nurse:me")}
    return frame.page(request, "nurse/workload.html", context)


def _papers(nurse, today):
    """Her papers as the rules see them, the newest of each kind."""
    on_file = nurses.file_of(nurse.pk)
    checked = on_file["registry_checks"][:1]
    groups = (
        (
            "执业资格",
            [
                _paper("护士执业证书", nurse.certificate_number, nurse.certificate_expires_on, today),
                *[_paper("注册信息复核", row.source, row.recheck_due, today) for row in checked],
            ],
        ),
        ("专项资质", _newest(on_file["certificates"], lambda row: (row.kind.name, row.number), today)),
        ("培训", _newest(on_file["trainings"], lambda row: (row.get_kind_display(), f"{row.hours} 学时"), today)),
        ("保险", _newest(on_file["insurances"], lambda row: (row.get_kind_display(), row.insurer), today)),
    )
    return [{"title": title, "papers": papers} for title, papers in groups]


def _newest(papers, said, today):
    """``papers`` come with the last to expire first."""
    kept = {}
    for row in papers:
        name, note = said(row)
        kept.setdefault(name, _paper(name, note, row.expires_on, today))
    return list(kept.values())


def _paper(name, note, expires_on, today):
    if expires_on < today:
        face = {"label": "已过期", "family": "ask", "icon": "alert-triangle"}
    elif expires_on <= today + SOON:
        face = {"label": f"还有 {(expires_on - today).days} 天", "family": "ask", "icon": "clock"}
    else:
        face = {"label": "有效", "family": "done", "icon": "check"}
    return {"name": name, "note": note, "expires_on": expires_on, "face": face}
