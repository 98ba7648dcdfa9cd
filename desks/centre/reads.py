"""What the centre's pages show, put together from the selectors below; constant in queries."""

from datetime import date, datetime, timedelta

from django.db.models import Avg, Count, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization, Post
from accounts.roles import Role
from accounts.selectors import people
from catalog import selectors as catalog
from clinical.lifecycle import ASSESSMENT
from clinical.models import Assessment
from desks import listing
from indicators import months, signals
from institutions import selectors as institutions
from institutions.models import Acknowledgement, Filing, RuleSet
from kernel.actors import Actor
from nurses import selectors as nurses
from nurses.models import Nurse, Shift
from orders import selectors as orders
from orders.lifecycle import UNDONE
from orders.models import Order, Rating

DAYS = "一二三四五六日"
GOING_BACK = 100  # visits listed before a post ends; nobody has more ahead of her


def home(*, centre: Organization, actor: Actor, now: datetime) -> dict:
    """Today's standing and figures, and what the administrator should see to, the most pressing first."""
    today = timezone.localdate(now)
    roster = nurses.roster(centre.pk, today)
    offered = catalog.offerings(centre.pk, today)
    return {
        "today_iso": today.isoformat(),
        "not_serving": institutions.why_not_serve(centre.pk, today),
        "figures": orders.figures(actor=actor, now=now),
        "nurses": len(roster),
        "nurses_fit": sum(not row.barred_by for row in roster),
        "offered": sum(line.offered for line in offered),
        "items": len(offered),
        "late": listing.late(actor, now).count(),
        "todo": _todo(centre, roster, offered, today),
    }


def _todo(centre, roster, offered, today) -> list[dict]:
    barred = [row for row in roster if row.barred_by]
    ending = nurses.expiring(centre.pk, today, 30)
    missing = [line.label for line in institutions.rule_sets(centre.pk) if line.rule_set is None]
    undecided = sum(line.offering is None for line in offered)
    unanswered = Rating.objects.filter(centre=centre, replied_at__isnull=True).count()
    waiting = Filing.objects.filter(organisation=centre, approved__isnull=True, withdrawn_on__isnull=True).count()
    warned = signals.warnings(centres=[centre.pk], month=months.month_of(today))
    found = (
        (warned, "ask", "alert-circle", f"{len(warned)} 项并发症和不良事件高于本中心以往", "请逐条核查背后的记录。",
         "centre:signals", "查看记录"),
        (barred, "ask", "hand-stop", f"{len(barred)} 名护士今天不能派出", _names(row.nurse.user for row in barred),
         "centre:credentials", "查看原因"),
        (ending, "ask", "clock-exclamation", f"30 天内到期和已到期 {len(ending)} 件",
         _names(dict.fromkeys(row.nurse.user for row in ending)), "centre:credentials_expiring", "登记续办"),
        (missing, "ask", "gavel", f"还有 {len(missing)} 项制度没有发布", "、".join(missing[:3]),
         "centre:rulesets", "发布制度"),
        (undecided, "info", "list-check", f"{undecided} 个项目尚未决定是否开展", "原则上应开尽开，不开展请写明原因。",
         "centre:offerings", "作出决定"),
        (unanswered, "info", "star", f"{unanswered} 条评价等中心回复", "每条评价回复一次，评价人会看到。",
         "centre:ratings", "回复评价"),
        (waiting, "info", "building-community", f"{waiting} 项服务方式登记等区卫生健康委审核", "审核同意后生效。",
         "centre:filing", "查看登记"),
    )  # fmt: skip
    return [
        {"state": state, "icon": icon, "title": title, "detail": detail, "url": reverse(route), "action": action}
        for there, state, icon, title, detail, route, action in found
        if there
    ]


def _names(users) -> str:
    names = [user.display_name for user in users]
    return "、".join(names[:4]) + (f"等 {len(names)} 人" if len(names) > 4 else "")


def posts(*, centre: Organization, role: str, ended: bool, today: date):
    """Posts of the centre: those that hold or begin later, or those that are over."""
    over = Q(ended_at__isnull=False) | Q(ends_on__lt=today)
    rows = Post.objects.filter(organisation=centre).select_related("user", "ended_by")
    rows = rows.filter(over) if ended else rows.exclude(over)
    if role:
        rows = rows.filter(role=role)
    if ended:
        return rows.order_by("-ended_at", "-pk")
    return sorted(rows, key=lambda post: (post.role, post.user.display_name, post.pk))


def what_follows(post: Post) -> list[str]:
    """What ending this post will do, in sentences, before anybody presses the button (002 五(八))."""
    said = ["这个岗位带来的全部权限立即收回，已登录的会话和令牌同时失效。"]
    if post.role == Role.NURSE:
        visits = Order.objects.filter(
            nurse__user=post.user, centre=post.organisation, status__in=sorted(UNDONE)
        ).count()
        said.append(
            f"尚未出发的 {visits} 次上门会收回并重新派单，家属会收到通知。"
            if visits
            else "这位护士在本中心没有尚未出发的上门。"
        )
    if post.role == Role.DOCTOR:
        open_visits = Assessment.objects.filter(
            doctor=post.user, centre=post.organisation, status__in=sorted(ASSESSMENT["replan"].from_)
        ).count()
        if open_visits:
            said.append(f"已约定的 {open_visits} 次首诊需要由中心专员改约其他医生。")
    others = Post.objects.filter(user=post.user, ended_at__isnull=True).exclude(pk=post.pk).count()
    if others:
        said.append(f"{post.user}另有 {others} 个岗位，不受影响，重新登录后继续使用。")
    said.append("办理人、时间和原因会写入留痕，不能删除。")
    return said


def goes_back(post: Post) -> list[Order]:
    """The visits of a nurse that return to the desk when her post ends, soonest first."""
    if post.role != Role.NURSE:
        return []
    rows = Order.objects.filter(nurse__user=post.user, centre=post.organisation, status__in=sorted(UNDONE))
    return list(rows.select_related("patient", "address__town").order_by("planned_start", "pk")[:GOING_BACK])


def week(*, centre: Organization, monday: date) -> dict:
    """Nurses by days, each cell with its shifts and leaves."""
    days = [monday + timedelta(days=n) for n in range(7)]
    start, _ = listing.span(days[0])
    _, end = listing.span(days[-1])
    staff = {post.user_id: post.user for post in people(organisation_ids=[centre.pk], role=Role.NURSE, on=monday)}
    for post in people(organisation_ids=[centre.pk], role=Role.NURSE, on=days[-1]):
        staff.setdefault(post.user_id, post.user)
    spans: dict = {}
    for shift in nurses.shifts(centre.pk, start, end):
        staff.setdefault(shift.nurse.user_id, shift.nurse.user)
        for day in days:
            if timezone.localdate(shift.starts_at) <= day <= timezone.localdate(shift.ends_at - timedelta(seconds=1)):
                spans.setdefault((shift.nurse.user_id, day), []).append(shift)
    ids = dict(Nurse.objects.filter(user__in=staff).values_list("user", "pk"))
    rows = [
        {
            "user": user,
            "nurse_id": ids.get(user_id),
            "cells": [{"day": day, "shifts": spans.get((user_id, day), [])} for day in days],
        }
        for user_id, user in sorted(staff.items(), key=lambda pair: (pair[1].display_name, pair[0]))
    ]
    return {"days": [{"day": day, "weekday": DAYS[day.weekday()]} for day in days], "rows": rows}


def nurse_choices(centre: Organization, on: date) -> list[tuple[int, str]]:
    return [(row.nurse_id, row.name) for row in nurses.candidates(centre.pk, on)]


def shift_of(centre: Organization, pk: int) -> Shift | None:
    return (
        Shift.objects.select_related("nurse__user").filter(organisation=centre, pk=pk, removed_at__isnull=True).first()
    )


def visits_inside(shift: Shift):
    """Undone visits of the nurse in the span of a shift: what the desk has to think of before it goes."""
    return (
        Order.objects.filter(
            nurse=shift.nurse, status__in=sorted(UNDONE), planned_start__lt=shift.ends_at,
            planned_end__gt=shift.starts_at,
        )
        .order_by("planned_start")[:20]
    )  # fmt: skip


def rule_sets(*, centre: Organization, today: date) -> list[dict]:
    """The ten systems with how many of the staff have read the newest version."""
    lines = institutions.rule_sets(centre.pk)
    staff = set(people(organisation_ids=[centre.pk], on=today).values_list("user", flat=True))
    newest = [line.rule_set.pk for line in lines if line.rule_set]
    read: dict[int, int] = dict(
        Acknowledgement.objects.filter(rule_set__in=newest, user__in=staff)
        .order_by()
        .values_list("rule_set")
        .annotate(n=Count("user", distinct=True))
    )
    return [
        {"line": line, "read": read.get(line.rule_set.pk, 0) if line.rule_set else 0, "staff": len(staff)}
        for line in lines
    ]


def rule_set(*, centre: Organization, kind: str, today: date) -> dict:
    """All versions of one system, and who has read the newest one."""
    versions = list(
        RuleSet.objects.filter(organisation=centre, kind=kind).select_related("published_by").order_by("-version")
    )
    known = {}
    if versions:
        known = dict(Acknowledgement.objects.filter(rule_set=versions[0]).values_list("user", "at"))
    readers: dict = {}
    for post in people(organisation_ids=[centre.pk], on=today):
        line = readers.setdefault(post.user_id, {"user": post.user, "roles": [], "at": known.get(post.user_id)})
        line["roles"].append(post.get_role_display())
    by_name = sorted(readers.values(), key=lambda line: (line["user"].display_name, line["user"].pk))
    return {"versions": versions, "newest": versions[0] if versions else None, "readers": by_name}


def ratings(*, centre: Organization):
    return Rating.objects.filter(centre=centre).select_related("order", "replied_by").order_by("-rated_at", "-pk")


def rating_averages(*, centres) -> dict:
    return Rating.objects.filter(centre__in=centres).aggregate(
        n=Count("pk"), on_time=Avg("on_time"), explained=Avg("explained"), asked=Avg("asked"), observed=Avg("observed")
    )
