"""
The centre's registers of tubes and of medical waste (002 附件-11, 002 五(七)1(1)): what is overdue stands first.

The administrator takes every step; the dispatcher reads and takes in; the doctor reads tubes and tells results.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role
from accounts.selectors import posts_in_force
from audit import services as audit
from desks import downloads, office, pages, stepforms
from desks.centre import desk
from desks.centre import registerforms as forms
from desks.pages import Tab
from desks.stepforms import number_of
from desks.steps import attempt, take
from logistics import faces, lifecycle, selectors, services, tables
from logistics.doors import BAGS, SPECIMENS
from logistics.models import Specimen
from logistics.services.exports import AT_ONCE

KEEPERS = (Role.CENTRE_ADMIN, Role.DISPATCHER)
TUBE_READERS = (*KEEPERS, Role.DOCTOR)
ON_PAPER = 500
HOME = {
    Role.DISPATCHER: Tab("专员工作台", "dispatch:queue", "list-check"),
    Role.DOCTOR: Tab("医生工作台", "doctor:home", "stethoscope"),
}
ORDER_PAGES = {Role.CENTRE_ADMIN: "centre:orders_one", Role.DISPATCHER: "dispatch:order"}
SAID = {
    "hand_over": "已登记交给检验科。", "receive": "已登记检验接收。", "reject": "已登记检验拒收，专员会收到提醒。",
    "result": "检验结果已登记。", "tell": "已登记告知情况。", "lose": "已登记，专员会收到提醒。",
    "hand_in": "已登记交回暂存间。", "withdraw": "登记已撤销。",
}  # fmt: skip


@dataclass(frozen=True)
class Register:
    """One register: its words, who reads it, where its rows come from and how they look."""

    name: str
    title: str
    route: str
    readers: tuple[Role, ...]
    lifecycle: str
    rows: Any
    one: Any
    door: Any
    faces: dict
    late: Any
    filter: Any
    forms: dict
    table: Any


TUBES = Register(
    "specimens", "标本登记", "registers_specimens", TUBE_READERS, "specimen", selectors.specimens, selectors.specimen,
    SPECIMENS, faces.SPECIMEN, selectors.late_specimens, forms.SpecimenFilter, forms.SPECIMEN_FORMS, tables.specimens,
)  # fmt: skip
WASTE = Register(
    "waste", "医疗废物登记", "registers_waste", KEEPERS, "bag", selectors.bags, selectors.bag, BAGS, faces.WASTE,
    selectors.late_bags, forms.WasteFilter, forms.WASTE_FORMS, tables.bags,
)  # fmt: skip


@require_safe
def specimens(request):
    return _listing(request, TUBES)


@require_safe
def waste(request):
    return _listing(request, WASTE)


@require_safe
def specimen(request, pk):
    return _one(request, TUBES, pk)


@require_safe
def bag(request, pk):
    return _one(request, WASTE, pk)


@require_POST
def specimen_step(request, pk, verb):
    return _step(request, TUBES, pk, verb)


@require_POST
def bag_step(request, pk, verb):
    return _step(request, WASTE, pk, verb)


@require_safe
def specimens_paper(request):
    return _paper(request, TUBES)


@require_safe
def waste_paper(request):
    return _paper(request, WASTE)


@require_POST
def specimens_export(request):
    return _export(request, TUBES)


@require_POST
def waste_export(request):
    return _export(request, WASTE)


@require_http_methods(["GET", "HEAD", "POST"])
def removal(request):
    """Hand what is in the store to the disposer: which bags, under which manifest, by whom to whom."""
    place = desk.place(request, Role.CENTRE_ADMIN)
    rows = list(selectors.stored(centre=place)[:ON_PAPER])
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in forms.Remove.base_fields if name != "bags"}
        given["weight_g"] = number_of(given["weight_g"].strip())
        chosen = [pk for text in request.POST.getlist("bags") if (pk := number_of(text))]
        outcome = attempt(
            services.remove_bags, typed=request.POST, centre=place, bag_ids=chosen, **given, **office.act(request)
        )
        if outcome.done:
            messages.success(request, f"已登记移交，联单 {outcome.row.manifest}，共 {len(set(chosen))} 袋（盒）。")
            return redirect("centre:registers_waste")
        form = stepforms.asking(forms.Remove, outcome, rows=rows)
        return _show(request, WASTE, "remove", {"form": form, "rows": rows, "refused": form.page_reasons}, status=422)
    initial = {"bags": [row.pk for row in rows], "giver": request.user.display_name}
    initial["weight_g"] = sum(row.checked_g or 0 for row in rows) or None
    return _show(request, WASTE, "remove", {"form": forms.Remove(initial=initial, rows=rows), "rows": rows})


# --- what the two registers share -------------------------------------------------------------------------------------


def _reader(request, register):
    return office.only(request.actor, register.readers, [desk.place(request, *register.readers).pk])


def _asked(request, register, data, now):
    """The rows asked for, and the form that asked."""
    place = desk.place(request, *register.readers)
    posts = posts_in_force(on=timezone.localdate()).filter(organisation=place, role=Role.NURSE.value)
    nurses = {post.user_id: post.user.display_name for post in posts.select_related("user").order_by("user__username")}
    form = register.filter(data, nurses=list(nurses.items()))
    return form, form.narrow(register.rows(actor=_reader(request, register), now=now), now)


def _listing(request, register, *, refused=(), status=200):
    now = timezone.now()
    form, rows = _asked(request, register, request.GET or request.POST, now)
    page = office.page_of(rows, request)
    page.object_list = [_row(request, register, row, now) for row in page.object_list]
    context = {
        "form": form,
        "chips": form.chips(request),
        "clear_url": reverse(f"centre:{register.route}"),
        "page": page,
        "figures": _figures(request, register, now),
        "export_url": reverse(f"centre:{register.route}_export"),
        "paper_url": reverse(f"centre:{register.route}_paper"),
        "query": (request.GET or request.POST).items(),
        "asked": request.GET.urlencode(),
        "may_export": request.actor.holds(*KEEPERS),
        "may_remove": register is WASTE and request.actor.holds(Role.CENTRE_ADMIN),
        "refused": refused,
    }
    return _show(request, register, register.name, context, status=status)


def _figures(request, register, now):
    """How many of each kind of work there are, each a link to its list."""
    rows = register.rows(actor=_reader(request, register), now=now).order_by()
    url = reverse(f"centre:{register.route}")
    counted = rows.aggregate(**{
        key: Count("pk", filter=condition(now)) for key, (_, condition) in register.filter.figures.items()
    })  # fmt: skip
    return [
        {"label": words, "n": counted[key], "url": f"{url}?state={key}", "hot": key == "late" and counted[key]}
        for key, (words, _) in register.filter.figures.items()
    ]


def _row(request, register, row, now):
    return {
        "row": row,
        "face": register.faces[row.status],
        "url": reverse(f"centre:{register.route}_one", args=[row.pk]),
        "order_url": _order_url(request, row.order.number),
        "late": is_late(row, now),
    }


def is_late(row, now) -> str:
    """Why this row stands first, in a word."""
    if isinstance(row, Specimen):
        if row.status in lifecycle.TO_TELL and row.flag == Specimen.Flag.CRITICAL:
            return "危急值未告知"
        return "已超过时限" if row.status in lifecycle.TO_HAND_OVER and row.due_at <= now else ""
    if row.status in lifecycle.CARRIED_WASTE and row.hand_in_by <= now:
        return "逾期未交回"
    return "暂存已到期" if row.status in lifecycle.STORED and row.store_until <= now else ""


def _order_url(request, number):
    return next((reverse(name, args=[number]) for role, name in ORDER_PAGES.items() if request.actor.orgs_as(role)), "")


def _one(request, register, pk, *, refused=None, status=200):
    now = timezone.now()
    row = register.one(actor=_reader(request, register), pk=pk)
    why = f"查看{register.title}"
    audit.looked(target=row, by=request.actor, now=now, why=why, role=_role(request, register))
    chances = [chance for chance in register.door.chances(row, request.actor) if chance.name in register.forms]
    context = {
        **_row(request, register, row, now),
        "steps": [_step_of(request, register, row, chance, refused) for chance in chances],
        "removes": any(chance.name == "remove" for chance in register.door.chances(row, request.actor)),
        "past": [_past(register, one) for one in sorted(row.steps.all(), key=lambda one: one.pk)],
        "refused": _strays(register, refused),
        "crumbs": [
            {"label": register.title, "url": reverse(f"centre:{register.route}")},
            {"label": str(row), "url": ""},
        ],
    }
    return _show(request, register, f"{register.name}_one", context, status=status)


def _step_of(request, register, row, chance, refused):
    form = register.forms[chance.name]
    heard = refused[1] if refused and refused[0] == chance.name else None
    names = {"giver": row.nurse.display_name}
    if chance.name == "hand_in" and row.nurse_id != request.user.pk:
        names["receiver"] = request.user.display_name
    return {
        "chance": chance,
        "url": reverse(f"centre:{register.route}_step", args=[row.pk, chance.name]),
        "form": stepforms.asking(form, heard) if heard else form(initial=names),
        "look": "grave" if chance.name in ("lose", "reject", "withdraw") else "main",
    }


def _strays(register, refused):
    """Reasons that no field of the step's form shows."""
    if not refused:
        return []
    return stepforms.asking(register.forms[refused[0]], refused[1]).page_reasons


def _past(register, step):
    who = step.taken_by.display_name if step.taken_by else "平台"
    return {
        "title": register.door.workflow[step.name].label,
        "at": step.taken_at,
        "note": who,
        "detail": step.reason,
        "state": "done",
    }


def _step(request, register, pk, verb):
    if verb not in register.forms:
        raise Http404
    outcome = take(request, register.lifecycle, verb, pk)
    if outcome.done:
        messages.success(request, SAID[verb])
        return redirect(f"centre:{register.route}_one", pk=pk)
    return _one(request, register, pk, refused=(verb, outcome), status=422)


def _paper(request, register):
    now = timezone.now()
    form, rows = _asked(request, register, request.GET, now)
    lines = register.table(rows[:ON_PAPER])
    place = desk.place(request, *register.readers)
    audit.looked(
        target=place, by=request.actor, now=now, why=f"打印{register.title}，范围：{form.words()}",
        role=_role(request, register),
    )  # fmt: skip
    context = {
        "title": register.title, "centre": place, "asked": form.words(), "head": lines[0], "lines": lines[1:],
        "more": rows.count() > ON_PAPER, "most": ON_PAPER, "printed_by": request.user.display_name, "printed_at": now,
        "back_url": f"{reverse(f'centre:{register.route}')}?{request.GET.urlencode()}",
    }  # fmt: skip
    return render(request, "centre/registers/paper.html", context)


def _export(request, register):
    now = timezone.now()
    form, rows = _asked(request, register, request.POST, now)
    outcome = attempt(
        services.export_register, typed=request.POST, name=register.name, title=register.title,
        rows=register.table(rows[: AT_ONCE + 1]), asked=form.words(), reason=request.POST.get("reason", ""),
        place=desk.place(request, *register.readers), by=request.actor, now=now,
    )  # fmt: skip
    if not outcome.done:
        return _listing(request, register, refused=outcome.reasons, status=422)
    return downloads.saved(outcome.row.content, name=outcome.row.name, kind="text/csv; charset=utf-8")


def _role(request, register) -> str:
    return next((role.value for role in register.readers if request.actor.orgs_as(role)), "")


def _show(request, register, template, context, *, status=200):
    """The administrator's own navigation; whoever comes from another desk finds the way back."""
    place = desk.place(request, *register.readers)
    if not request.actor.holds(Role.CENTRE_ADMIN):
        tabs = [tab for role, tab in HOME.items() if request.actor.orgs_as(role)]
        tabs += [tab for tab in desk.REGISTERS if register_of(tab) in _readable(request)]
        context = {
            **context,
            "nav": pages.navigation(request, tabs),
            "desk_title": f"{place.short_name}登记",
            "me": pages.me(request, *register.readers),
        }
    return desk.show(request, f"registers/{template}", context, status=status)


def register_of(tab: Tab) -> Register:
    return TUBES if tab.route.endswith(TUBES.route) else WASTE


def _readable(request):
    return [register for register in (TUBES, WASTE) if request.actor.orgs_as(*register.readers)]
