"""The questions that every channel must answer alike: emergency, standing, items, identity (002 三(一) 同质管理)."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Organization
from accounts.selectors import district_of
from catalog import selectors as catalog
from catalog.models import Item
from institutions import selectors as institutions
from kernel.refusals import Refusal
from orders.models import Order, RequestStep
from patients.models import IdentityCheck, Patient
from patients.selectors import identity_standing

_FROM_ABOVE: list[Callable[[Order, dict[str, Any], datetime], Refusal | None]] = []


def also_ask(question: Callable[[Order, dict[str, Any], datetime], Refusal | None]) -> None:
    """Ask one more question before a visit is offered; told by a floor above when it starts."""
    if question not in _FROM_ABOVE:
        _FROM_ABOVE.append(question)


def from_above(order: Order, settings: dict[str, Any], now: datetime) -> list[Refusal]:
    """What floors above say against offering this visit."""
    return [no for question in _FROM_ABOVE if (no := question(order, settings, now))]


def emergency(text: str, words: Iterable[str]) -> Refusal | None:
    """An emergency is not a request: the form stops and shows 120."""
    found = next((word for word in words if word in text), None)
    if found is None:
        return None
    return Refusal(
        "request.emergency",
        f"您提到「{found}」，这可能是急症，请立即拨打 120。上门护理不能处理急症，情况平稳后可以再来申请。",
        "002 五(五)",
        field="wish",
    )


def identity(patient: Patient) -> Refusal | None:
    """The number's format was checked; nobody is served under a name alone, or under two records (002 五(八))."""
    if patient.merged_into_id:
        return Refusal("patient.merged", "这份登记已并入另一份，请用合并后的登记申请。", "002 五(八)")
    checks = {c.kind for c in patient.identity_checks.all() if c.passed}
    if IdentityCheck.Kind.FORMAT in checks:
        return None
    return Refusal("patient.identity", "请先填写服务对象的有效证件，完成实名登记。", "002 五(八)")


def original_seen(patient: Patient) -> Refusal | None:
    """Before a nurse goes, somebody has held the document or a service has compared it (002 五(八))."""
    standing = identity_standing(patient)
    if standing.seen:
        return None
    if standing.latest is not None:
        sentence = "最近一次核对证件的结果是不一致，请核实后重新登记核对结果，再安排护士上门。"
        return Refusal("patient.original", sentence, "002 五(八)")
    return Refusal("patient.original", "还没有核对服务对象的证件原件，请在首诊或签署时核对并登记。", "002 五(八)")


def centre_serves(centre: Organization, town_code: str, on: date) -> list[Refusal]:
    return institutions.why_not_serve(centre.pk, on, town_code)


def barred(patient: Patient, centre: Organization, on: date) -> list[Refusal]:
    """What is known of the patient and forbids any visit on the day (004 三(三))."""
    return catalog.why_not_wished(district_of(centre).pk, [], patient.facts, on) if patient.facts else []


def may_be_visited(order: Order, on: date) -> list[Refusal]:
    """A visit ordered some time ago: the centre may still make it on its day, and nothing bars it."""
    return centre_serves(order.centre, order.address.town_id, on) + barred(order.patient, order.centre, on)


def within_trial(centre: Organization, now: datetime) -> list[Refusal]:
    """An institution on trial takes on no more in seven days than its district allows (002 六(二)1)."""
    if institutions.trial_of(centre.pk) is None:
        return []
    most = institutions.settings_of(centre, timezone.localdate(now))["trial.weekly_requests"]
    received = RequestStep.objects.filter(request__centre=centre, name="receive")
    taken = received.filter(taken_at__gt=now - timedelta(days=7)).count()
    if taken < most:
        return []
    sentence = f"{centre}正在试运行，七天内最多受理 {most} 份申请，已受理 {taken} 份，请过几天再受理或转到其他中心。"
    return [Refusal("centre.trial", sentence, "002 六(二)1")]


def items_allowed(centre: Organization, items: Iterable[Item], patient: Patient, on: date) -> list[Refusal]:
    """Every item is in the edition in force and offered here; neither it nor the patient is on the negative list."""
    items = list(items)
    answers = catalog.why_not_items(centre.pk, items, on, patient.facts)
    found = [refusal for refusals in answers.values() for refusal in refusals]
    found += [r for item in items if (r := for_this_sex(item, patient))]
    return list(dict.fromkeys(found))


def for_this_sex(item: Item, patient: Patient) -> Refusal | None:
    """Some items are for one sex only, by the document's own words (002 附件6③)."""
    if not item.patient_sex or item.patient_sex == patient.sex:
        return None
    whom = "女性" if item.patient_sex == "female" else "男性"
    return Refusal(
        "item.patient_sex", f"「{item}」仅限{whom}服务对象，请转诊。", item.patient_sex_clause or item.clause, "lines"
    )


def wish_allowed(centre: Organization, wish: str, patient: Patient, on: date) -> list[Refusal]:
    """A wish in free words may name something that must never be done at home (004 三(三))."""
    return catalog.why_not_wished(district_of(centre).pk, [wish], patient.facts, on)
