"""
The trace as pages: whose it is, how far this reader's sight reaches, and each line ready to be shown.

The same pages serve the commission (its district) and a centre's administrator (the centre). Opening one is itself a
line of the trace.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization, Post, User
from accounts.roles import Role
from audit import services as audit
from desks.stepforms import number_of
from kernel.identity import mask_name
from kernel.refusals import hidden
from nurses.models import Nurse
from orders import fhir, reach, rowwords, timeline
from orders.models import Order
from orders.timeline import ONLY, Entry, Events
from patients.models import Patient

PRIVATE = (Role.PATIENT, Role.PROXY)
LATE = timedelta(seconds=60)  # written down so long after it happened that both times are shown
PURPOSE, PURPOSE_LASTS = "trace_purpose", timedelta(minutes=30)
OPENS = {"orders.order": "order", "patients.patient": "patient", "nurses.nurse": "nurse", "accounts.user": "account"}


@dataclass(frozen=True)
class Desk:
    """
    Where the pages stand: the namespace of its addresses, the posts that read here, and how its pages are shown.

    ``places`` are the institutions in sight, ``place`` the one at which the reader sits.

    ``wide``: a district reads what belongs to no institution as well; a centre only what its own people did.
    """

    namespace: str
    roles: tuple[Role, ...]
    show: Callable[..., HttpResponse]
    places: Callable[[HttpRequest], frozenset]
    place: Callable[[HttpRequest], Organization]
    wide: bool

    def url(self, name: str, *args: Any) -> str:
        return reverse(f"{self.namespace}:{name}", args=args)

    def role(self, request: HttpRequest) -> str:
        """The post under which this reader looks."""
        return next((role.value for role in self.roles if request.actor.orgs_as(role)), "")


# --- how far a reader sees --------------------------------------------------------------------------------------------


def within(desk: Desk, request: HttpRequest, events: Events, *, about_family: bool = False) -> Events:
    """
    The events of the reader's own places, and of those that belong to no place what is theirs to know.

    Nobody's post opens what a colleague does for the own mother: for a centre that is another family's affair.
    """
    nowhere = reach.of_no_place(desk.places(request)) if desk.wide else Q(organisation_id__isnull=True)
    if not desk.wide:
        own = Q(actor_kind="user", actor_id__in=[str(pk) for pk in staff(desk, request)])
        family = Q(role__in=PRIVATE) if about_family else Q(pk__in=[])
        private = Q(pk__in=[]) if about_family else Q(role__in=PRIVATE)
        nowhere &= (own & ~private) | ~Q(actor_kind="user") | family
    return events.filter(Q(organisation_id__in=desk.places(request)) | nowhere)


def staff(desk: Desk, request: HttpRequest) -> set[int]:
    """Accounts that hold or held a post at the reader's places."""
    if not hasattr(request, "trace_staff"):
        posts = Post.objects.filter(organisation__in=desk.places(request))
        request.trace_staff = set(posts.values_list("user", flat=True))
    return request.trace_staff


def order_of(desk: Desk, request: HttpRequest, number: str) -> Order:
    """:raises kernel.refusals.Hidden: not there, or not of the reader's places"""
    rows = Order.objects.select_related("request", "centre", "patient", "nurse__user")
    return _found(rows.filter(number=number, centre__in=desk.places(request)).first(), "这份订单的留痕")


def patient_of(desk: Desk, request: HttpRequest, pk) -> Patient:
    """:raises kernel.refusals.Hidden: not there, or never asked for care at the reader's places"""
    served = Q(requests__centre__in=desk.places(request))
    if desk.wide:
        served |= Q(addresses__town__jurisdictions__organisation__in=desk.places(request))
    return _found(Patient.objects.filter(served, pk=pk).distinct().first(), "这位服务对象的留痕")


def nurse_of(desk: Desk, request: HttpRequest, pk) -> Nurse:
    """:raises kernel.refusals.Hidden: not there, or never of the reader's places"""
    rows = Nurse.objects.filter(pk=pk, affiliations__post__organisation__in=desk.places(request))
    return _found(rows.select_related("user").distinct().first(), "这位护士的留痕")


def account_of(desk: Desk, request: HttpRequest, pk) -> User:
    """:raises kernel.refusals.Hidden: not there, or of another's house; a district reads its families' as well"""
    places = desk.places(request)
    mine = reach.accounts_of(places) if desk.wide else Q(posts__organisation__in=places)
    return _found(User.objects.filter(mine, pk=pk).distinct().first(), "这个账号的留痕")


def _found(row, what):
    if row is None:
        raise hidden(what)
    return row


# --- what an auditor has to say first ---------------------------------------------------------------------------------


def purpose(request: HttpRequest) -> str:
    """What this reader has said the reading is for, as long as that is fresh; it never stands in an address."""
    said = request.session.get(PURPOSE)
    if not said or said["until"] < timezone.now().timestamp():
        return ""
    return said["text"]


def say_purpose(request: HttpRequest, text: str) -> None:
    request.session[PURPOSE] = {"text": text, "until": (timezone.now() + PURPOSE_LASTS).timestamp()}


def covers(request: HttpRequest) -> bool:
    """Whoever only audits sees nothing about anybody's health before saying what for."""
    overseeing = request.actor.holds(Role.CENTRE_ADMIN, Role.SUPERVISOR, Role.QC_INSPECTOR)
    return not overseeing and not purpose(request)


# --- pages ------------------------------------------------------------------------------------------------------------


def order(
    request: HttpRequest, desk: Desk, number: str, *, home: list[dict], status: int = 200, **more
) -> HttpResponse:
    row = order_of(desk, request, number)
    _looked(request, desk, row, "追溯订单全程")
    events = timeline.of_order(row)
    context = {
        "order": row,
        "patient_url": desk.url("trace_patient", row.patient_id),
        "nurse_url": desk.url("trace_nurse", row.nurse_id) if row.nurse_id else "",
        "crumbs": [*home, {"label": "全程留痕", "url": ""}],
        "counts": timeline.counts(events),
        **more,
    }
    here = ("orders.order", str(row.pk))
    return _page(request, desk, "order_trace", events, context, here=here, oldest_first=True, status=status)


def patient(request: HttpRequest, desk: Desk, pk, *, home: list[dict]) -> HttpResponse:
    row = patient_of(desk, request, pk)
    _looked(request, desk, row, "追溯服务对象留痕")
    orders = Order.objects.filter(patient=row, centre__in=desk.places(request)).order_by("-pk")[: timeline.PAGE]
    name = mask_name(row.name) if covers(request) else row.name
    context = {
        "title": f"{name}的留痕",
        "sub": "与这位服务对象有关的办理、查看和拒绝。谁看过、为什么看，都在这里。",
        "links": [{"label": f"订单 {one.number}", "url": desk.url("orders_trace", one.number)} for one in orders],
        "links_title": "这位服务对象的订单",
        "crumbs": [*home, {"label": "服务对象留痕", "url": ""}],
    }
    events = within(desk, request, timeline.of_patient(row), about_family=True)
    return _page(request, desk, "trace_one", events, context, here=("patients.patient", str(row.pk)))


def nurse(request: HttpRequest, desk: Desk, pk, *, home: list[dict]) -> HttpResponse:
    row = nurse_of(desk, request, pk)
    _looked(request, desk, row, "追溯护士留痕")
    context = {
        "title": f"护士{row.user.display_name}的留痕",
        "sub": "档案的每次登记，和本人账号的全部办理。",
        "links": [{"label": "只看账号", "url": desk.url("trace_account", row.user_id)}],
        "links_title": "相关留痕",
        "crumbs": [*home, {"label": "护士留痕", "url": ""}],
    }
    events = timeline.of_nurse(row).exclude(Q(role__in=PRIVATE))
    events = within(desk, request, events)
    return _page(request, desk, "trace_one", events, context, here=("nurses.nurse", str(row.pk)))


def account(request: HttpRequest, desk: Desk, pk, *, home: list[dict]) -> HttpResponse:
    row = account_of(desk, request, pk)
    _looked(request, desk, row, "追溯账号留痕")
    places = Q(organisation__in=desk.places(request))
    posts = Post.objects.filter(places, user=row).select_related("organisation").order_by("-starts_on", "-pk")
    file = Nurse.objects.filter(user=row, affiliations__post__organisation__in=desk.places(request)).first()
    links = [{"label": "护士档案的留痕", "url": desk.url("trace_nurse", file.pk)}] if file else []
    context = {
        "title": f"{row.display_name}的账号留痕",
        "sub": f"账号 {row.username}：登录和没有成功的登录、岗位变动、全部办理和查看。",
        "posts": posts,
        "posts_title": "岗位",
        "links": links,
        "links_title": "相关留痕",
        "crumbs": [*home, {"label": "账号留痕", "url": ""}],
    }
    events = timeline.of_account(row)
    if posts and not request.actor.holds(Role.AUDITOR):
        events = events.exclude(Q(role__in=PRIVATE))
    events = within(desk, request, events)
    return _page(request, desk, "trace_one", events, context, here=("accounts.user", str(row.pk)))


def of(request: HttpRequest, desk: Desk, kind: str, key: str, *, home: list[dict]) -> HttpResponse:
    """Anything else that was written about: its own lines, within the reader's sight."""
    events = within(desk, request, timeline.of_record(kind, key))
    if not events.exists():
        raise hidden("这条记录的留痕")
    label = rowwords.table(kind)
    audit.looked(
        target=desk.place(request), by=request.actor, now=timezone.now(), role=desk.role(request),
        why=_with_purpose(request, f"追溯{label} {key} 的留痕"),
    )  # fmt: skip
    context = {
        "title": f"{label}的留痕",
        "sub": f"记录编号 {key}",
        "crumbs": [*home, {"label": f"{label}的留痕", "url": ""}],
    }
    return _page(request, desk, "trace_one", events, context, here=(kind, key))


def address_of(desk: Desk, request: HttpRequest, kind: str, key: str) -> str:
    """Where the page of this object is: its own one where it has one, else the page for anything."""
    if kind == "orders.order":
        number = Order.objects.filter(pk=key, centre__in=desk.places(request)).values_list("number", flat=True).first()
        return desk.url("orders_trace", _found(number, "这份订单的留痕"))
    return desk.url(f"trace_{OPENS[kind]}", key) if kind in OPENS else ""


# --- lines ------------------------------------------------------------------------------------------------------------


def prepared(
    request: HttpRequest, desk: Desk, entries: Iterable[Entry], *, here: tuple[str, str] = ("", "")
) -> list[dict]:
    """Entries as the part ``components/acts.html`` shows them; ``here`` needs no link, as it is the page's own."""
    hide = covers(request)
    known = None if desk.wide else staff(desk, request)
    return [
        {
            "entry": entry,
            "line": entry.line,
            "late": entry.line.at - entry.line.happened_at > LATE,
            "covered": hide and fhir.may_touch_on_health(entry.line),
            "who_url": _who_url(desk, entry.line, known),
            "object_url": _object_url(desk, entry.line, here),
            "head_url": desk.url("heads_one", entry.head) if entry.head else "",
        }
        for entry in entries
    ]


def _who_url(desk, line, known):
    if line.account_id is None or (known is not None and line.account_id not in known):
        return ""
    return desk.url("trace_account", line.account_id)


def _object_url(desk, line, here):
    if not line.object_id or (line.object_type, line.object_id) == here or not (desk.wide or line.object_type in OPENS):
        return ""
    return desk.url("trace_of", line.object_type, line.object_id)


def _page(request, desk, template, events, context, *, here, oldest_first=False, status=200):
    only = request.GET.get("only", "")
    if only in ONLY:
        events = events.filter(ONLY[only][1])
    found = timeline.page(events, **keys(request), oldest_first=oldest_first)
    return desk.show(
        request,
        template,
        {
            "entries": prepared(request, desk, found.entries, here=here),
            "page": found,
            "oldest_first": oldest_first,
            "only": only if only in ONLY else "",
            "filters": [("", "全部"), *((key, words) for key, (words, _) in ONLY.items())],
            "with_ip": request.actor.holds(Role.AUDITOR),
            "asks_purpose": covers(request),
            "purpose": purpose(request),
            **context,
        },
        status=status,
    )


def keys(request: HttpRequest) -> dict[str, int | None]:
    """The keys of the asked page, from the address; nonsense is left out."""
    return {name: number_of(request.GET.get(name)) for name in ("before", "after")}


def _looked(request, desk, row, why):
    audit.looked(
        target=row, by=request.actor, now=timezone.now(), why=_with_purpose(request, why), role=desk.role(request)
    )


def _with_purpose(request, why):
    said = purpose(request)
    return f"{why}；用途：{said}" if said and not request.actor.holds(Role.SUPERVISOR, Role.CENTRE_ADMIN) else why
