"""One centre with one person in every role, and an order walked to any status by the shortest honest path."""

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from django.conf import settings
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from catalog.models import Item
from clinical import sections
from clinical import services as clinical
from clinical.lifecycle import SIGNED
from clinical.services.prescriptions import Wanted
from institutions import services as institutions
from institutions.selectors import settings_of
from logistics import services as logistics
from orders import bookings, eligibility, services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import Order, ServiceRequest
from patients import selectors as patients
from patients import services as patient_services
from tests.world import persons, places
from tests.world.places import NOW, SETUP

STROKES = [[[10, 10], [40, 30], [80, 12]]]
VITAL_SIGNS = 14
LONG_DAY = 20  # visits of one nurse: the most that a district may allow
CROWD = 20  # applications of one account, after which a district's limit could be near


def houses(now: datetime = NOW) -> SimpleNamespace:
    """A district with one serving centre, a lead hospital and the papers, and nobody in it."""
    district = places.district(now)
    edition = places.edition(district, now)
    hospital = create_organisation(
        kind=Organization.Kind.HOSPITAL, name="示范医院", short_name="示范医院", parent=district, by=SETUP, now=now
    )
    centre = places.offering_centre(hospital, edition, now)
    texts = Path(settings.BASE_DIR) / "patients" / "texts"
    for kind in ("consent", "agreement"):
        patient_services.publish_text(
            district=district,
            kind=kind,
            text=(texts / f"{kind}.md").read_text(encoding="utf-8"),
            effective_on=timezone.localdate(now),
            by=SETUP,
            now=now,
        )
    return SimpleNamespace(
        district=district, hospital=hospital, centre=centre, edition=edition, now=now,
        item=lambda number: Item.objects.get(edition=edition, number=number),
    )  # fmt: skip


def town(now: datetime = NOW, **patient_facts) -> SimpleNamespace:
    """Those houses, and one person in every role."""
    t = houses(now)
    district, hospital, centre = t.district, t.hospital, t.centre
    user = places.person("沈家明", now=now)
    patient = persons.patient(by=SETUP, now=now, **patient_facts)
    patient_services.add_proxy(
        patient_id=patient.pk,
        user=user,
        relation="儿子",
        scopes=["apply", "sign", "manage"],
        expires_on=timezone.localdate(now) + timedelta(days=300),
        by=SETUP,
        now=now,
    )
    nurse = persons.nurse(centre, now=now)
    posts = {
        Role.DISPATCHER: centre,
        Role.DOCTOR: centre,
        Role.CENTRE_ADMIN: centre,
        Role.REVIEWER: hospital,
        Role.SUPERVISOR: district,
        Role.QC_INSPECTOR: district,
        Role.AUDITOR: district,
    }
    users = {role: places.post(place, role, now=now).user for role, place in posts.items()}
    users[Role.PROXY], users[Role.NURSE] = user, nurse.user
    t.patient, t.nurse, t.users = patient, nurse, users
    t.actor = lambda role: persons.family(t.users[role], on=timezone.localdate(t.now))
    return t


def full_sections() -> dict:
    """Answers to every required question of the first assessment: the mildest of each."""
    answers = {}
    for section in sections.SECTIONS:
        answers[section.key] = {
            q.key: [q.options[0][0]] if q.kind == "many" else q.options[0][0] if q.options else "无"
            for q in section.questions
        }
    return answers


def sign(t, order_id, *, by=None, now=None, **changed):
    """Sign both papers as the family, on glass."""
    now = now or t.now
    shown = {
        kind: patients.text_in_force(district_id=t.district.pk, kind=kind, on=timezone.localdate(now)).sha256
        for kind in ("consent", "agreement")
    }
    given = {
        "shown": shown,
        "signer_name": "沈家明",
        "capacity": "proxy",
        "method": "glass",
        "strokes": STROKES,
        **changed,
    }
    return services.consent(order_id=order_id, by=by or t.actor(Role.PROXY), now=now, **given)


def value_for(measurement) -> str:
    """A plausible value of any measurement."""
    if measurement.options:
        return measurement.options[0]
    if measurement.type in ("integer", "decimal"):
        normal = {
            "temp_c": 36.6, "pulse_bpm": 76, "resp_rpm": 18, "sbp_mmhg": 128, "dbp_mmhg": 76, "glucose_mmol_l": 6.1,
            "temp_before": 38.9, "temp_after_30": 37.9, "spo2_pct": 97, "spo2_pre": 95, "spo2_post": 97,
            "pain_nrs": 2, "pain_nrs_move": 3, "pain_nrs_after": 1, "peristomal_det": 1, "pd_exit_score": 1,
            "morse": 30, "puncture_attempts": 1, "distress": 2, "ng_residual_ml": 50, "feed_temp_c": 38,
        }  # fmt: skip
        value = normal.get(measurement.key)
        if value is None:
            value = ((measurement.minimum or 0) + (measurement.maximum or 10)) // 2
            value -= value % (measurement.step or 1)
        return str(round(float(value), measurement.decimals) if measurement.decimals else int(value))
    said = {"infection_signs": "no", "cath_next_due": "2026-03-29"}.get(measurement.key)
    usual = {"boolean": "yes", "date": "2026-03-01", "datetime": "2026-03-03T10:00"}
    return said or usual.get(measurement.type, "已记录")


def complete_record(t, order: Order, now: datetime, *, closing: bool = True) -> None:
    """Answer everything that the order's record asks for; without ``closing`` waste and note are left to the story."""
    act = {"record_id": order.visit_record_id, "by": t.actor(Role.NURSE), "now": now}
    asked = {}
    for item in order.visit_record.items.prefetch_related("steps", "asks__measurement"):
        for step in item.steps.all():
            clinical.answer_step(step_id=step.pk, done=True, **act)
        asked |= {ask.measurement_id: ask.measurement for ask in item.asks.all() if ask.required}
        if item.takes_specimen:
            tube = {"kind": "chemistry", "label": f"B-{order.pk:04}", "destination": "检验科"}
            logistics.collect(order_id=order.pk, by=act["by"], now=now, **tube)
    for key, measurement in asked.items():
        clinical.take_reading(key=key, raw=value_for(measurement), **act)
    if not closing:
        return
    waste = "infectious" if any(item.makes_waste for item in order.visit_record.items.all()) else "none"
    logistics.declare(order_id=order.pk, waste=waste, bags=1 if waste != "none" else 0, by=act["by"], now=now)
    clinical.write_note(note="按计划完成，服务对象无不适。", next_step="next_visit", **act)


def request(t, at=Q.SUBMITTED, *, numbers=(VITAL_SIGNS,), times=3, **changed) -> ServiceRequest:
    """A request of this town, walked to ``at``."""
    now = t.now
    wish = {
        "patient": t.patient,
        "centre": t.centre,
        "wish": "想请护士上门量血压和测血糖",
        "wished_items": [t.item(n) for n in numbers],
        "wished_from": now + timedelta(days=1),
        "wished_to": now + timedelta(days=1, hours=3),
        **changed,
    }
    _let_crowds_apply(t)
    row = services.submit(**wish, by=t.actor(Role.PROXY), now=now)
    desk, doctor, family = t.actor(Role.DISPATCHER), t.actor(Role.DOCTOR), t.actor(Role.PROXY)
    go = {"request_id": row.pk, "now": now}
    if at == Q.DECLINED:
        return services.decline_request(reason="不在服务范围", clause="002 五(五)", by=desk, **go)
    if at == Q.WITHDRAWN:
        return services.withdraw(by=family, **go)
    if at == Q.SUBMITTED:
        return fresh(row)
    if bookings.of_request(row, now):  # this family has many people in it: the desk looks into it first
        services.check_booking(how="phone", words="打电话问过本人，是自己要申请的", by=desk, **go)
    services.receive(by=desk, **go)
    if at == Q.RECEIVED:
        return fresh(row)
    start = now + timedelta(hours=1)
    row = services.plan_assessment(
        doctor=t.users[Role.DOCTOR], planned_start=start, planned_end=start + timedelta(hours=1), by=desk, **go
    )
    if at == Q.ASSESSING:
        return fresh(row)
    result = {Q.UNSUITABLE: "unsuitable", Q.REFERRED: "refer"}.get(at, "suitable")
    assess(t, row, result)
    if at == Q.UNSUITABLE:
        return services.find_unsuitable(reason="病情不稳定", advice="请到医院就诊", by=doctor, **go)
    if at == Q.REFERRED:
        return services.refer(reason="需专科处理", by=doctor, **go)
    lines = [Wanted(item=t.item(n), times=times, frequency="weekly") for n in numbers]
    row = services.prescribe(lines=lines, valid_until=timezone.localdate(now) + timedelta(days=90), by=doctor, **go)
    if at == Q.CLOSED:
        finish_all(t, row)
    return fresh(row)


def _let_crowds_apply(t) -> None:
    """A story of dozens of patients has one family account for all: its district lets that account go on."""
    applied = ServiceRequest.objects.filter(submitted_by=t.users[Role.PROXY]).count()
    if applied == CROWD:
        institutions.choose_setting(
            district=t.district, key="booking.most_patients", value=200, effective_on=timezone.localdate(t.now),
            reason="一位家属为很多人申请", by=t.actor(Role.SUPERVISOR), now=t.now,
        )  # fmt: skip


def examine(t, row: ServiceRequest, result: str = "suitable") -> None:
    """The doctor goes there, looks at everything and concludes; nothing is signed yet."""
    doctor, a = t.actor(Role.DOCTOR), {"assessment_id": row.assessment_id, "now": t.now}
    clinical.depart(by=doctor, **a)
    clinical.arrive(by=doctor, **a)
    for key, answers in full_sections().items():
        clinical.save_section(key=key, answers=answers, by=doctor, **a)
    clinical.conclude(result=result, opinion="居家护理" if result == "suitable" else "建议住院", by=doctor, **a)


def assess(t, row: ServiceRequest, result: str = "suitable") -> None:
    """The doctor examines, signs, and holds the document."""
    if row.assessment.status in SIGNED:
        return
    doctor = t.actor(Role.DOCTOR)
    examine(t, row, result)
    clinical.sign_assessment(valid_days=180, assessment_id=row.assessment_id, by=doctor, now=t.now)
    patient_services.record_identity_check(
        patient_id=row.patient_id, kind="original", passed=True, source="家庭医生上门核对原件", note="", by=doctor,
        now=t.now,
    )  # fmt: skip


def finish_all(t, row: ServiceRequest) -> None:
    for order_row in row.orders.all():
        walk(t, order_row, S.COMPLETED)


def order(t, at=S.AWAITING_CONSENT, *, numbers=(VITAL_SIGNS,), times=3, **changed) -> Order:
    """An order of this town, walked to ``at`` by the shortest honest path."""
    row = request(t, Q.PRESCRIBED, numbers=numbers, times=times, **changed)
    return walk(t, row.orders.get(), at)


def walk(t, row: Order, at) -> Order:
    """Take one existing order further, to ``at``."""
    desk, nurse, family = t.actor(Role.DISPATCHER), t.actor(Role.NURSE), t.actor(Role.PROXY)
    start = t.now + timedelta(days=1, hours=1)
    there, later = start + timedelta(minutes=2), start + timedelta(minutes=40)
    go = {"order_id": row.pk}
    if at == S.CANCELLED:
        return services.cancel(reason="住院了", by=family, now=t.now, **go)
    path = [
        (S.AWAITING_CONSENT, lambda: sign(t, row.pk)),
        (
            S.AWAITING_DISPATCH,
            lambda: (
                _let_her_go_on(t, start),
                services.offer(nurse_id=t.nurse.pk, planned_start=start, by=desk, now=t.now, **go),
            ),
        ),
        (S.OFFERED, lambda: services.accept(by=nurse, now=t.now, **go)),
        (S.ACCEPTED, lambda: services.depart(by=nurse, now=start - timedelta(minutes=20), **go)),
        (S.EN_ROUTE, lambda: services.check_in(identifiers=["name", "birth_date"], by=nurse, now=there, **go)),
        (S.IN_SERVICE, lambda: (complete_record(t, fresh(row), later), services.finish(by=nurse, now=later, **go))),
    ]
    ends = {
        S.COMPLETED: lambda: services.confirm(by=family, now=later, **go),
        S.DISPUTED: lambda: services.object_to(reason="护士没有洗手", by=family, now=later, **go),
        S.NO_SHOW: lambda: services.miss(failed_by="patient", reason="家中无人应答", by=nurse, now=there, **go),
        S.ABORTED: lambda: services.abort(reason="服务对象突发不适", by=nurse, now=later, **go),
    }
    stop = {S.COMPLETED: None, S.DISPUTED: None, S.NO_SHOW: S.ACCEPTED, S.ABORTED: S.IN_SERVICE}.get(at, at)
    for status, step in path:
        if fresh(row).status == stop:
            break
        if fresh(row).status == status:
            step()
    if at in ends:
        ends[at]()
    return fresh(row)


def _let_her_go_on(t, start) -> None:
    """A story of dozens of visits has one nurse for all: her district lets her make more of them in a day."""
    day, pk = timezone.localdate(start), t.nurse.pk
    behind, cap = eligibility.made([pk], day)[pk], settings_of(t.centre, day)["nurse.daily_cap"]
    if behind and behind + len(eligibility.stops([pk], day).get(pk, ())) >= cap < LONG_DAY:
        institutions.choose_setting(
            district=t.district, key="nurse.daily_cap", value=LONG_DAY, effective_on=timezone.localdate(t.now),
            reason="一位护士为很多人上门", by=t.actor(Role.SUPERVISOR), now=t.now,
        )  # fmt: skip


def fresh(row):
    """The row as the database has it now."""
    return type(row).objects.get(pk=row.pk)


def neighbour(t, **patient_facts) -> SimpleNamespace:
    """The same town as seen from another patient's door; her proxy is the same person."""
    patient = persons.patient(by=SETUP, now=t.now, **patient_facts)
    patient_services.add_proxy(
        patient_id=patient.pk,
        user=t.users[Role.PROXY],
        relation="侄子",
        scopes=["apply", "sign", "manage"],
        expires_on=timezone.localdate(t.now) + timedelta(days=300),
        by=SETUP,
        now=t.now,
    )
    return SimpleNamespace(**{**vars(t), "patient": patient})
