"""One order: offered to a nurse who may be sent, moved, called off, or settled; and the signature on glass."""

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import facts, noshow, patientcard, remote, rounds, signed
from desks import witness as glass
from desks.dispatch import callbacks, callings, coursing, forms, listing, moving, offering, pairing, presence, rows
from desks.dispatch.frame import answer, frame, rules_of_district
from desks.dispatch.views.referrals import REMOTE
from desks.dispatch.views.rounds import SIDE as ROUNDS
from desks.looks import looked
from desks.stepforms import asking, reasons_for_page
from desks.steps import Outcome, take
from desks.timelines import timeline
from kernel.refusals import Refusal
from orders import commands, faces, ladder, returns, second_seat, selectors
from orders.lifecycle import ORDER
from orders.services import reconsent
from referrals import selectors as referrals

SAID = {
    "offer": "已派单，护士会收到通知。",
    "wait": "已记入排队，家属会收到预计日期。",
    "recall": "已收回这次派单，请重新选择护士。",
    "reschedule": "已改期，请重新选择护士。",
    "cancel": "订单已取消，次数已退回项目单。",
    "miss": "已登记失约。",
    "abort": "已登记中止，请尽快填写处置情况。",
    "pair_require": "已要求两人上门。",
    "pair_waive": "已取消两人上门的要求。",
    "pair_offer": "已邀请同行，护士会收到通知。",
    "pair_release": "已解除同行，护士会收到通知。",
    callbacks.STEP: "已交回，护士和本中心的医生会收到通知。",
    "ask_again": "已请家属重新签署。",
    "course": "已按所选日期生成后续订单。",
    "settle": "异议已处理，服务对象会看到结果。",
}
FORMS = {
    "recall": forms.Recall,
    "reschedule": forms.Reschedule,
    "cancel": forms.Cancel,
    "miss": forms.Miss,
    "abort": forms.Abort,
    "settle": forms.Settle,
}


@require_http_methods(["GET", "HEAD", "POST"])
def all_orders(request):
    return listing.page(request, asks=False)


@require_safe
def one(request, number):
    return _page(request, _row(request, number))


@require_POST
def step(request, number, name):
    if name not in ORDER or name == "consent":
        raise Http404
    row = _row(request, number)
    if name == "miss" and request.FILES:
        return _page(request, row, name, noshow.with_paper(request, row))
    return _page(request, row, name, take(request, "order", name, row.pk))


@require_POST
def pair(request, number, name):
    """The second nurse: two must go, or need not; who is asked, and who is freed again."""
    if name not in {*commands.PAIR, "release"}:
        raise Http404
    row = _row(request, number)
    if name != "release":
        return _page(request, row, f"pair_{name}", take(request, "pair", name, row.pk))
    seat = second_seat.live(row)
    gone = Refusal("companion.none", "这次上门现在没有同行护士，请先看过最新内容。")
    outcome = take(request, "companion", name, seat.pk) if seat else Outcome(reasons=(gone,), typed=request.POST)
    return _page(request, row, f"pair_{name}", outcome)


@require_POST
def call_back(request, number, pk):
    """A doctor took the nurse's call and cannot be reached: free it for a colleague."""
    row = _row(request, number)
    return _page(request, row, callbacks.STEP, callbacks.give_back(request, row, pk, timezone.now()))


@require_POST
def course(request, number):
    """The next visits of the prescription, in one go, on the days that are proposed."""
    row = _row(request, number)
    return _page(request, row, "course", coursing.book(request, row))


@require_safe
def signature(request, number, version):
    return signed.picture(_row(request, number), version, by=request.actor, now=timezone.now())


def witness(request, number):
    """The family signs on this screen, and the desk bears witness."""
    row = _row(request, number)
    crumbs = [
        {"label": "服务订单", "url": reverse("dispatch:orders")},
        {"label": row.number, "url": reverse("dispatch:order", args=[row.number])},
        {"label": "当面签署"},
    ]
    return glass.page(
        request, row, form=forms.Witness, back=reverse("dispatch:order", args=[row.number]),
        around=lambda: frame(request, "dispatch:orders", crumbs),
    )  # fmt: skip


def _row(request, number):
    return selectors.order(actor=request.actor, number=number)


def _page(request, row, name="", outcome=None):
    if outcome is not None and outcome.done:
        row = _row(request, row.number)
    looked(request, target=row, why="安排和处理订单")
    crumbs = [{"label": "服务订单", "url": reverse("dispatch:orders")}, {"label": row.number}]
    return answer(
        request, "dispatch/_order.html", "dispatch/order.html", _context(request, row, name, outcome), outcome=outcome,
        said=SAID.get(name, ""), back=reverse("dispatch:order", args=[row.number]),
        around=lambda: frame(request, "dispatch:orders", crumbs),
    )  # fmt: skip


def _context(request, row, name, outcome):
    now = timezone.now()
    chances = {c.name: c for c in selectors.order_chances(row=row, actor=request.actor)}
    initial = {"reschedule": {"window_start": row.window_start, "window_end": row.window_end}}
    shown = {
        key: asking(form, outcome if name == key else None, initial=initial.get(key))
        for key, form in FORMS.items()
        if key in chances
    }
    offered = chances.get("offer") and _offering(request, row, now, outcome if name == "offer" else None)
    known = facts.of_order(row)
    later = coursing.card(row, now, outcome if name == "course" else None)
    call_backs = callbacks.about(request, row, name, outcome, now)
    given_back = [one["form"] for one in call_backs if one["form"]]
    return {
        **known,
        "row": row,
        "now": now,
        "items": [line.item for line in row.lines.all()],
        "patient": patientcard.card(row.patient, row.address, timezone.localdate(now)),
        "chances": chances,
        "steps": [
            (chances[key], form, reverse("dispatch:order_step", args=[row.number, key])) for key, form in shown.items()
        ],
        "offering": offered,
        "promise": rows.promise(row),
        "sample": returns.of_order(row, rules_of_district(request), now),
        "no_show": noshow.card(row, request.actor, now),
        "wait_url": reverse("dispatch:order_step", args=[row.number, "wait"]),
        "refused": reasons_for_page(outcome, *shown.values(), *given_back, *([later["form"]] if later else [])),
        "papers": _papers(row),
        "presence": presence.card(row, now),
        "call_backs": call_backs,
        "lives_elsewhere": moving.warning(row),
        "signed": signed.card(row, "dispatch:signature"),
        "pair": pairing.card(request, row, name, outcome),
        "course": later,
        "unsigned": "ask_again" in chances and not reconsent.still_signed(row, now),
        "ask_again_url": reverse("dispatch:order_step", args=[row.number, "ask_again"]),
        "remote": {
            "rows": remote.about(request, REMOTE, row),
            "missing": referrals.guidance(row, now) if "offer" in chances else None,
            "url": reverse("dispatch:remote_new", args=[row.number]),
        },
        "rounds": rounds.about(request, ROUNDS, row.patient_id),
        "household": callings.of_patient(row.patient_id, request.actor),
        "risk_url": reverse("dispatch:risk_new", args=[row.number]),
        "timeline": timeline(selectors.order_steps(row), ORDER, faces.ORDER),
        "live_url": request.get_full_path()
        if request.method == "GET"
        else reverse("dispatch:order", args=[row.number]),
    }


def _offering(request, row, now, outcome):
    asked = request.POST.get("planned_start") if outcome else request.GET.get("start")
    not_taken = ladder.not_taken(row)
    kept = ladder.hour_kept(not_taken, now)  # after a no, the nurses are judged for the hour that was agreed
    shown = offering.offering(
        row,
        offering.moment(asked) or (kept and kept[0]) or offering.soonest(row.window_start, now),
        url=reverse("dispatch:order_step", args=[row.number, "offer"]),
        page_url=reverse("dispatch:order", args=[row.number]),
        override=request.POST.get("override", "") if outcome else "",
    )
    return {**shown, "next": ladder.next_up(row, now, offers=not_taken), "asked": len({o.nurse_id for o in not_taken})}


def _papers(row):
    papers = []
    for label, held in (("知情同意书", row.consent), ("服务协议", row.agreement)):
        if held is not None:
            papers.append(
                {
                    "label": label,
                    "version": held.text.version,
                    "signer": f"{held.signer_name}（{held.get_capacity_display()}）",
                    "how": held.get_method_display(),
                    "witness": held.witness.display_name if held.witness_id else "",
                    "at": held.signed_at,
                    "until": held.valid_until,
                    "withdrawn_at": held.withdrawn_at,
                }
            )
    return papers
