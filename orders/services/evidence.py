"""What leaves the house as evidence: one order's pack, or a range of the trace. Each export is itself an act."""

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Organization
from accounts.roles import Role
from audit.models import Event
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, Refused, demand_words, hidden
from kernel.spreadsheets import harmless_rows
from orders import evidence, fhir
from orders.models import Order
from patients import access as patients

STAFF = (Role.CENTRE_ADMIN, Role.SUPERVISOR, Role.AUDITOR)
FAMILY = (Role.PATIENT, Role.PROXY)
AT_ONCE = 5000  # events in one file; more is asked for page by page, over the interface
CLAUSE = "002 三(一)"


@dataclass(frozen=True, slots=True)
class File:
    """What was exported: a name for it, its bytes, and how many events it holds."""

    name: str
    content: bytes
    events: int


def may_export(order: Order, by: Actor) -> str:
    """The role under which this actor may take the order's evidence away, or nothing."""
    for role in STAFF:
        if order.centre_id in by.orgs_as(role):
            return role.value
    for role in FAMILY:
        if order.patient_id in by.patients_as(role):
            return role.value
    return ""


def export_evidence(*, order_id, reason: str, by: Actor, now: datetime) -> File:
    """
    Pack everything about one order so that it can be judged without the platform.

    The act holds the digest of the file: whoever shows another file shows another digest.

    :raises kernel.refusals.Refused: not this actor's order, or nobody said what for
    """
    order = evidence.order(order_id)
    if order is None or not (role := may_export(order, by)):
        raise hidden("这份订单")
    patients.demand_reading(by, order.patient_id, worn={role})
    demand_words(reason, "请写明导出的原因，原因会与您的姓名一起留痕。", CLAUSE)
    pack = evidence.pack(order, to=by.name, masked=role == Role.AUDITOR, now=now)
    with recording(
        "orders.evidence_exported", target=order, by=by, now=now, role=role, reason=reason.strip()[:300]
    ) as entry:
        entry.data.update(
            sha256=hashlib.sha256(pack.content).hexdigest(), events=pack.events, unsealed=pack.unsealed
        )  # fmt: skip
    return File(f"evidence-{order.number}.zip", pack.content, pack.events)


def export_events(
    *,
    events: QuerySet[Event],
    asked: str,
    reason: str,
    place: Organization,
    covered: bool,
    by: Actor,
    now: datetime,
) -> File:
    """
    Write a range of the trace as FHIR R4 AuditEvents, one a line.

    :raises kernel.refusals.Refused: too many for one file, or nobody said what for
    """
    demand_words(reason, "请写明导出的原因，原因会与您的姓名一起留痕。", CLAUSE)
    if place.pk not in by.orgs_as(Role.AUDITOR, Role.SUPERVISOR):
        raise hidden("这个范围的留痕")
    found = list(events.order_by("id")[: AT_ONCE + 1])
    if not found:
        raise Refused.because("export.empty", "这个范围没有留痕可以导出。")
    if len(found) > AT_ONCE:
        raise Invalid(Refusal("export.too_many", f"这个范围超过 {AT_ONCE} 条，请缩短日期或增加条件后再导出。"))
    lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in fhir.resources(found, covered=covered))
    content = "".join(lines).encode()
    with recording(
        "orders.trace_exported", target=place, by=by, now=now, organisation_id=place.pk,
        reason=f"{reason.strip()[:200]}；范围：{asked}",
    ) as entry:  # fmt: skip
        entry.data.update(sha256=hashlib.sha256(content).hexdigest(), events=len(found))
    return File(f"audit-events-{found[0].pk}-{found[-1].pk}.ndjson", content, len(found))


def export_shortfall(
    *, rows: list[list[str]], asked: str, reason: str, place: Organization, by: Actor, now: datetime
) -> File:
    """
    Write the table of supply and demand for a spreadsheet; it holds counts and nobody's name.

    :raises kernel.refusals.Refused: not this actor's place, or nobody said what for
    """
    demand_words(reason, "请写明导出的原因，原因会与您的姓名一起留痕。", CLAUSE)
    if place.pk not in by.orgs_as(Role.CENTRE_ADMIN, Role.SUPERVISOR, Role.QC_INSPECTOR):
        raise hidden("这个范围的供需情况")
    page = io.StringIO()
    csv.writer(page).writerows(harmless_rows(rows))
    content = page.getvalue().encode("utf-8-sig")  # with the mark by which spreadsheets know Chinese
    with recording(
        "orders.shortfall_exported", target=place, by=by, now=now, organisation_id=place.pk,
        reason=f"{reason.strip()[:200]}；范围：{asked}",
    ) as entry:  # fmt: skip
        entry.data.update(sha256=hashlib.sha256(content).hexdigest(), lines=len(rows) - 1)
    return File(f"shortfall-{asked.replace(' ', '')}.csv", content, 0)
