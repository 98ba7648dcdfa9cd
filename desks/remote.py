"""A remote consult on the pages of the centre, of the nurse's phone and of the lead hospital (000 四(十三))."""

from dataclasses import dataclass

from django import forms
from django.http import FileResponse, Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone

from desks import downloads, office
from desks.looks import looked
from desks.stepforms import AskForm, asking, long_text, number_of, reasons_for_page, receipt_of, step_card
from desks.steps import Outcome, attempt
from desks.timelines import timeline
from kernel.actors import Actor
from orders.models import Order
from referrals import access, faces, selectors, services
from referrals.doors import REMOTES
from referrals.lifecycle import REMOTE, REMOTE_OPEN
from referrals.models import RemoteConsult

SAID = {
    "take": "已接手，摘要和照片现在只对您开放。",
    "release": "已退回，其他专家可以接手。",
    "answer": "意见已发给中心。",
    "close": "已登记按意见处理。",
    "withdraw": "已撤回会诊。",
}
VERBS = {
    "take": (services.take, ""),
    "release": (services.release, ""),
    "answer": (services.answer, "advice"),
    "close": (services.close_consult, ""),
    "withdraw": (services.withdraw_consult, "reason"),
}


class Ask(AskForm):
    question = forms.CharField(
        label="想问专家什么", max_length=500, widget=long_text(4),
        help_text="例如：造口周围皮肤破损渗液，用哪种护理产品，多久换一次？",
    )  # fmt: skip
    urgency = forms.ChoiceField(
        label="缓急", choices=RemoteConsult.Urgency.choices, widget=forms.RadioSelect, initial="routine"
    )
    summary = forms.CharField(
        label="病情和护理摘要", max_length=1000, widget=long_text(6),
        help_text="已按现有记录填好，请核对修改。只有接手的专家能看，处理完就不再开放。",
    )  # fmt: skip
    pictures = forms.MultipleChoiceField(label="附上照片", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, pictures, **options):
        super().__init__(*args, **options)
        self.fields["pictures"].choices = [
            (str(one.pk), f"{one.measurement.label}，{timezone.localtime(one.at):%m月%d日 %H:%M}") for one in pictures
        ]
        if not pictures:
            del self.fields["pictures"]


class Advice(AskForm):
    advice = forms.CharField(
        label="会诊意见", max_length=1000, widget=long_text(5), help_text="护士会按它护理，请写明做法、用品和复查时间。"
    )


class Why(AskForm):
    reason = forms.CharField(label="撤回的原因", max_length=300, widget=long_text(2))


LOOKS = {"release": "quiet", "withdraw": "grave"}
FORMS = {"answer": Advice, "withdraw": Why}


@dataclass(frozen=True)
class Side:
    """One side's pages: where a consult, its steps and its pictures are, and which hats count here."""

    one: str
    step: str
    picture: str
    roles: tuple[str, ...]

    def actor(self, request: HttpRequest) -> Actor:
        return office.only(request.actor, self.roles)


def listing(request: HttpRequest, side: Side) -> dict:
    """What waits for an answer, and what has one."""
    actor, now = side.actor(request), timezone.now()
    is_open = request.GET.get("state") != "answered"
    page = office.page_of(selectors.consults(actor=actor, is_open=is_open), request)
    page.object_list = [line(row, side, now) for row in page.object_list]
    return {"page": page, "is_open": is_open, "now": now}


def line(row: RemoteConsult, side: Side, now) -> dict:
    return {
        "row": row,
        "face": faces.REMOTE[row.status],
        "age": office.age(row.patient.birth_date),
        "urgent": row.urgency == RemoteConsult.Urgency.URGENT,
        "late": row.status in REMOTE_OPEN and row.answer_by <= now,
        "url": reverse(side.one, args=[row.number]),
    }


def about(request: HttpRequest, side: Side, order: Order) -> list[dict]:
    """What was asked about one visit, for its own page."""
    rows = selectors.consults_about(actor=side.actor(request), order=order)
    return [{"row": row, "face": faces.REMOTE[row.status], "url": reverse(side.one, args=[row.number])} for row in rows]


def ask(request: HttpRequest, side: Side, order: Order) -> tuple[Ask, Outcome | None]:
    """The form of a question, filled in with what is known; when posted, what came of it."""
    known, outcome = selectors.pictures_for(side.actor(request), order), None
    if request.method == "POST":
        typed = request.POST
        outcome = attempt(
            services.ask, typed=typed, order=order, question=typed.get("question", ""),
            summary=typed.get("summary", ""), urgency=typed.get("urgency", ""), pictures=typed.getlist("pictures"),
            receipt=receipt_of(typed), by=request.actor, now=timezone.now(),
        )  # fmt: skip
    form = asking(Ask, outcome, pictures=known, initial={"summary": selectors.summary_of(order), "urgency": "routine"})
    return form, outcome


def take(request: HttpRequest, side: Side, row: RemoteConsult, name: str) -> Outcome:
    """Take a step with what was typed. :raises Http404: there is no such step"""
    if name not in VERBS:
        raise Http404
    verb, words = VERBS[name]
    typed = request.POST
    given = {words: typed.get(words, "")} if words else {}
    return attempt(
        verb, typed=typed, consult_id=row.pk, version=number_of(typed.get("version")), receipt=receipt_of(typed),
        by=request.actor, now=timezone.now(), **given,
    )  # fmt: skip


def context(request: HttpRequest, side: Side, row: RemoteConsult, name: str = "", outcome: Outcome | None = None):
    """Everything one consult's page shows; summary and pictures only for whom they are open."""
    looked(request, target=row, why="远程护理会诊")
    actor, now = side.actor(request), timezone.now()
    may_read = access.may_read_record(actor, row)
    steps = [
        step_card(
            chance,
            reverse(side.step, args=[row.number, chance.name]),
            FORMS.get(chance.name),
            (name, outcome),
            LOOKS.get(chance.name, "main"),
        )  # fmt: skip
        for chance in REMOTES.chances(row, actor)
        if chance.name in VERBS and (chance.name in ("take", "close", "withdraw") or row.expert_id == actor.user_id)
    ]
    steps.sort(key=lambda one: one["look"] != "main")
    shown = [one["form"] for one in steps if one["form"]]
    return {
        **line(row, side, now),
        "now": now,
        "may_read": may_read,
        "pictures": [
            {"row": one, "url": reverse(side.picture, args=[row.number, one.pk])} for one in selectors.attached(row)
        ]
        if access.may_open_pictures(actor, row)
        else [],
        "steps": steps,
        "refused": reasons_for_page(outcome, *shown),
        "events": timeline(row.steps.select_related("taken_by").order_by("pk"), REMOTE, faces.REMOTE),
    }


def picture(request: HttpRequest, side: Side, row: RemoteConsult, pk) -> FileResponse:
    """Stream one attached picture; the verb judges and records the look first."""
    found, content = services.show_picture(consult_id=row.pk, picture_id=pk, by=request.actor, now=timezone.now())
    return downloads.shown(content, kind=found.content_type)
