"""
Compliance checks and findings as three desks read them: the commission its district, the lead hospital its alliance,
the centre itself. What differs is who reads, which institutions, and where an order opens.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from accounts.selectors import posts_in_force
from audit import services as audit
from desks import office, stepforms, timelines
from desks.stepforms import number_of
from desks.steps import attempt
from kernel.actors import Actor
from nurses.models import Nurse
from orders.models import Order
from supervision import asking, faces, selectors, services
from supervision.checks import CHECKS
from supervision.doors import FINDINGS
from supervision.lifecycle import FINDING, LIVE, OVER, TO_RECHECK, UNDER_WAY, UNGIVEN
from supervision.models import Finding

BAR, GAP, TALL = 6, 2, 22  # one run of a trend, in pixels


@dataclass(frozen=True)
class Desk:
    """One desk's way to read: its addresses, its rows, its frame."""

    namespace: str
    roles: tuple
    show: Callable
    places: Callable
    district: Callable
    order_route: str = ""

    def url(self, name: str, *args) -> str:
        return reverse(f"{self.namespace}:{name}", args=args)

    def actor(self, request: HttpRequest) -> Actor:
        """The actor as a reader of this desk, and as nothing else."""
        return office.only(request.actor, self.roles, self.places(request))

    def role(self, request: HttpRequest) -> str:
        return next((role.value for role in self.roles if request.actor.orgs_as(role)), "")


class Assign(stepforms.AskForm):
    owner = forms.ChoiceField(label="整改责任人")
    due_on = forms.DateField(label="整改期限", widget=stepforms.Day())

    def __init__(self, *args, people, **options):
        super().__init__(*args, **options)
        self.fields["owner"].choices = [("", "请选择"), *people]


class Rectify(stepforms.AskForm):
    measures = forms.CharField(label="采取的整改措施", max_length=300, widget=stepforms.long_text())


class Pass(stepforms.AskForm):
    reason = forms.CharField(label="复核说明（可不填）", max_length=300, required=False, widget=stepforms.long_text(2))


class SendBack(stepforms.AskForm):
    reason = forms.CharField(label="退回的原因", max_length=300, widget=stepforms.long_text(2))


class Excuse(stepforms.AskForm):
    reason = forms.CharField(label="结案的理由", max_length=300, widget=stepforms.long_text(2))


FORMS = {"assign": Assign, "rectify": Rectify, "pass": Pass, "send_back": SendBack, "excuse": Excuse}
VERBS = {
    "assign": services.assign, "rectify": services.rectify, "pass": services.pass_finding,
    "send_back": services.send_back, "excuse": services.excuse,
}  # fmt: skip
SAID = {
    "assign": "已分派，责任人可以看到期限。", "rectify": "已报告整改，等待复核。", "pass": "复核通过，问题已销号。",
    "send_back": "已退回整改。", "excuse": "已说明理由并结案。",
}  # fmt: skip
STATES = {
    "live": ("未结案（全部）", LIVE),
    "opened": ("待分派", UNGIVEN),
    "assigned": ("整改中", UNDER_WAY),
    "rectified": ("待复核", TO_RECHECK),
    "over": ("已结案", OVER),
}


class Filter(forms.Form):
    """What the list is asked for; a value that makes no sense is left out, never an error."""

    state = forms.ChoiceField(
        label="状态", required=False,
        choices=[("", "全部状态"), *((key, label) for key, (label, _) in STATES.items()), ("overdue", "已逾期")],
    )  # fmt: skip
    kind = forms.ChoiceField(label="来源", required=False, choices=[("", "全部来源"), *Finding.Kind.choices])
    check = forms.ChoiceField(
        label="检查", required=False, choices=[("", "全部检查"), *((c.code, c.title) for c in CHECKS.values())]
    )

    def asked(self) -> dict:
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value}

    def narrow(self, rows, today):
        asked = self.asked()
        if (state := asked.get("state")) == "overdue":
            rows = rows.filter(selectors.overdue(today))
        elif state:
            rows = rows.filter(status__in=sorted(STATES[state][1]))
        if kind := asked.get("kind"):
            rows = rows.filter(kind=kind)
        if check := asked.get("check"):
            rows = rows.filter(source=check)
        return rows

    def chips(self, request) -> list[dict]:
        chips = []
        for name, value in self.asked().items():
            left = request.GET.copy()
            left.pop("page", None)
            left.pop(name)
            chips.append({"label": dict(self.fields[name].choices)[value], "url": f"?{left.urlencode()}"})
        return chips


# --- checks -----------------------------------------------------------------------------------------------------------


def checks(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every check: how many now, since when, the runs before. None is the goal."""
    district, places = desk.district(request), desk.places(request)
    rows = [
        {**row, "bars": bars(row["trend"]), "url": desk.url("compliance_one", row["check"].code)}
        for row in selectors.overview(district=district, places=places)
    ]
    rows.sort(key=lambda row: (not (row["last"] or {"n": 0})["n"], row["check"].group))
    broken = [row for row in rows if row["last"] and row["last"]["n"]]
    context = {
        "rows": rows,
        "at": selectors.last_run(district),
        "broken": len(broken),
        "found": sum(row["last"]["n"] for row in broken),
        "counts": selectors.figures(actor=desk.actor(request), today=timezone.localdate()),
        "findings_url": desk.url("findings"),
        "may_run": desk.namespace == "oversight",
    }
    return desk.show(request, "compliance", context)


def check(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    """What breaks one rule at this moment, row by row, each with its finding."""
    one = CHECKS.get(code)
    if one is None:
        raise Http404
    now, district, places = timezone.now(), desk.district(request), desk.places(request)
    audit.looked(
        target=district, by=request.actor, now=now, why=f"查看合规检查「{one.title}」的明细", role=desk.role(request)
    )
    page = office.page_of(asking.rows(one, district, now, places=places), request)
    page.object_list = _prepared(desk, one, list(page.object_list))
    past = selectors.trend(district=district, code=code, places=places)
    context = {
        "check": one,
        "page": page,
        "bars": bars(past),
        "past": list(reversed(past)),
        "crumbs": [{"label": "合规检查", "url": desk.url("compliance")}, {"label": one.title, "url": ""}],
    }
    return desk.show(request, "compliance_one", context)


def bars(past: list[dict]) -> dict:
    """A trend as small bars: places and heights in pixels, and the same in words."""
    most = max((run["n"] for run in past), default=0)
    return {
        "width": max(1, len(past)) * (BAR + GAP),
        "height": TALL,
        "bar": BAR,
        "bars": [
            {"x": i * (BAR + GAP), "y": TALL - tall, "height": tall}
            for i, run in enumerate(past)
            for tall in [max(1, round(TALL * run["n"] / most)) if most else 1]
        ],
        "words": "、".join(str(run["n"]) for run in past),
    }


def _prepared(desk: Desk, one, found: list[asking.Row]) -> list[dict]:
    """Rows with their institution, order, nurse and finding, in four queries however many there are."""
    places = Organization.objects.in_bulk({row.organisation_id for row in found})
    numbers = dict(Order.objects.filter(pk__in={row.order_id for row in found}).values_list("pk", "number"))
    nurses = Nurse.objects.select_related("user").in_bulk({row.nurse_id for row in found if row.nurse_id})
    known = selectors.by_key(source=one.code, keys=[row.key for row in found])
    return [
        {
            "row": row,
            "place": places[row.organisation_id],
            "number": numbers.get(row.order_id, ""),
            "order_url": _order_url(desk, numbers.get(row.order_id)),
            "nurse": nurses.get(row.nurse_id),
            "finding": known.get(row.key),
            "face": faces.FINDING[known[row.key].status] if row.key in known else None,
            "url": desk.url("findings_one", known[row.key].pk) if row.key in known else "",
        }
        for row in found
    ]


def _order_url(desk: Desk, number: str | None) -> str:
    return desk.url(desk.order_route, number) if number else ""


# --- findings ---------------------------------------------------------------------------------------------------------


def findings(request: HttpRequest, desk: Desk) -> HttpResponse:
    now = timezone.now()
    today, actor = timezone.localdate(now), desk.actor(request)
    form = Filter(request.GET)
    page = office.page_of(form.narrow(selectors.findings(actor=actor), today), request)
    page.object_list = [finding_row(desk, row, today) for row in page.object_list]
    counts, url = selectors.figures(actor=actor, today=today), desk.url("findings")
    context = {
        "form": form,
        "chips": form.chips(request),
        "clear_url": url,
        "page": page,
        "figures": [
            {"label": label, "n": counts[key], "url": f"{url}?state={asked}", "hot": key == "overdue" and counts[key]}
            for key, label, asked in (
                ("overdue", "已逾期", "overdue"), ("opened", "待分派", "opened"), ("assigned", "整改中", "assigned"),
                ("rectified", "待复核", "rectified"), ("closed", "已结案", "over"),
            )
        ],
    }  # fmt: skip
    return desk.show(request, "findings", context)


def finding_row(desk: Desk, row: Finding, today) -> dict:
    return {
        "row": row,
        "title": title_of(row),
        "face": faces.FINDING[row.status],
        "late": row.status in LIVE and row.due_on < today,
        "waits": row.status in TO_RECHECK,
        "url": desk.url("findings_one", row.pk),
    }


def title_of(row: Finding) -> str:
    return CHECKS[row.source].title if row.source in CHECKS else row.get_kind_display()


def finding(request: HttpRequest, desk: Desk, pk: int, *, refused=None, status: int = 200) -> HttpResponse:
    """``refused`` is (verb, outcome) of a step that was not taken."""
    now = timezone.now()
    row = selectors.finding(actor=desk.actor(request), pk=pk)
    audit.looked(target=row, by=request.actor, now=now, why="查看监管问题", role=desk.role(request))
    chances = [chance for chance in FINDINGS.chances(row, desk.actor(request)) if chance.name in FORMS]
    steps = [_step_of(desk, row, chance, refused, now) for chance in chances]
    past = sorted(row.steps.all(), key=lambda one: one.pk)
    context = {
        **finding_row(desk, row, timezone.localdate(now)),
        "steps": steps,
        "refused": stepforms.reasons_for_page(refused[1] if refused else None, *(one["form"] for one in steps)),
        "past": timelines.timeline(past, FINDING, faces.FINDING),
        "check": CHECKS.get(row.source),
        "check_url": desk.url("compliance_one", row.source) if row.source in CHECKS else "",
        "order_url": _order_url(desk, row.order.number if row.order else None),
        "crumbs": [{"label": "监管问题", "url": desk.url("findings")}, {"label": str(row), "url": ""}],
    }
    return desk.show(request, "findings_one", context, status=status)


def step(request: HttpRequest, desk: Desk, pk: int, verb: str) -> HttpResponse:
    if verb not in VERBS:
        raise Http404
    row = selectors.finding(actor=desk.actor(request), pk=pk)
    given = {name: request.POST.get(name, "") for name in FORMS[verb].base_fields}
    if verb == "assign":
        given = {"owner_id": number_of(given["owner"]), "due_on": office.day_in(request.POST, "due_on")}
    outcome = attempt(
        VERBS[verb], typed=request.POST, finding_id=row.pk, **given, receipt=stepforms.receipt_of(request.POST),
        version=number_of(request.POST.get("version")), by=desk.actor(request), now=timezone.now(),
    )  # fmt: skip
    if outcome.done:
        messages.success(request, SAID[verb])
        return redirect(desk.url("findings_one", pk))
    return finding(request, desk, pk, refused=(verb, outcome), status=422)


def _step_of(desk, row, chance, refused, now):
    heard = refused[1] if refused and refused[0] == chance.name else None
    form = FORMS[chance.name]
    more = {}
    if chance.name == "assign":
        held = posts_in_force(on=timezone.localdate(now)).filter(organisation=row.organisation_id)
        posts = {post.user_id: post for post in held.select_related("user").order_by("user", "pk")}
        more["people"] = [(pk, f"{post.user.display_name}（{post.get_role_display()}）") for pk, post in posts.items()]
    return {
        "chance": chance,
        "url": desk.url("findings_step", row.pk, chance.name),
        "form": stepforms.asking(form, heard, **more)
        if heard
        else form(initial={"owner": row.owner_id, "due_on": row.due_on}, **more),
        "look": "grave" if chance.name in ("excuse", "send_back") else "main",
    }
