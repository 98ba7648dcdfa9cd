"""One request walked along the chain by the people whose steps they are, each step at its own hour."""

from datetime import datetime, timedelta

from accounts.roles import Role
from clinical import services as clinical
from clinical.models import Assessment
from clinical.services.prescriptions import Wanted
from desks.demo import cases, findings, goods, patients
from desks.demo.district import District
from desks.demo.nurses import DemoNurse, ensure_shift
from desks.demo.patients import BY_PHONE, Household
from kernel.actors import Actor
from logistics import services as logistics
from orders import eligibility, services
from orders.models import Order, ServiceRequest
from patients import services as patient_services

STROKES = [[[12, 40], [30, 18], [52, 44], [70, 20]], [[20, 60], [88, 58]]]
ONLINE_IDENTIFIERS = ("name", "birth_date")
MINUTE = timedelta(minutes=1)
HOURS = (8.5, 9, 9.5, 10, 10.5, 13, 13.5, 14, 14.5)


class Walk:
    """
    A request and its orders. Every method is one step by its own person at ``at``; time only runs forward.

    ``order`` is the visit in hand, ``nurse`` who holds it.
    """

    request: ServiceRequest
    order: Order

    def __init__(self, district: District, home: Household, about: str):
        self.district, self.home, self.centre = district, home, home.centre
        self.draw = district.draw(f"walk:{about}")
        self.nurse: DemoNurse | None = None
        self.doctor = self.centre.users[Role.DOCTOR.value][self.draw.randrange(2)]
        self.last: datetime | None = None

    # --- who ----------------------------------------------------------------------------------------------------

    @property
    def desk(self) -> Actor:
        return self.district.actor(self.centre.users[Role.DISPATCHER.value][0])

    @property
    def family(self) -> Actor:
        if self.home.actor is None:
            raise ValueError(f"{self.home.known.name} has no account: {self.home.acting}")
        return self.home.actor

    @property
    def family_or_desk(self) -> Actor:
        return self.home.actor or self.desk

    @property
    def sister(self) -> Actor:
        """The nurse who holds the visit."""
        assert self.nurse is not None
        return self.district.actor(self.nurse.row.user)

    def _said(self, by: Actor, at: datetime) -> dict:
        if self.last and at < self.last:
            raise ValueError(f"{at} lies before {self.last}: a story runs forward")
        if at > self.district.clock.now:
            raise ValueError(f"{at} has not come yet")
        self.last = at
        return {"by": by, "now": at}

    # --- the request --------------------------------------------------------------------------------------------

    def submit(self, at: datetime, window: tuple[datetime, datetime], *, walk_in: bool = False):
        home = self.home
        if home.patient is None:
            patients.register(self.district, home, at - 6 * MINUTE)
        by_phone = home.acting == BY_PHONE
        self.request = services.submit(
            patient=home.patient,
            centre=self.centre.organisation,
            wish=home.case.wish,
            wished_from=window[0],
            wished_to=window[1],
            wished_items=self._items,
            channel="walk_in" if walk_in else "phone" if by_phone else "online",
            **self._said(self.family_or_desk if not walk_in else self.desk, at),
        )
        return self

    def receive(self, at: datetime):
        self.request = services.receive(request_id=self.request.pk, **self._said(self.desk, at))
        return self

    def decline(self, at: datetime):
        reason, clause, advice = self.draw.choice(cases.DECLINED)
        services.decline_request(
            request_id=self.request.pk, reason=reason, clause=clause, advice=advice, **self._said(self.desk, at)
        )

    def withdraw(self, at: datetime):
        reason = self.draw.choice(cases.WITHDRAWN)
        services.withdraw(request_id=self.request.pk, reason=reason, **self._said(self.family, at))

    def plan(self, at: datetime, start: datetime):
        self.request = services.plan_assessment(
            request_id=self.request.pk,
            doctor=self.doctor,
            planned_start=start,
            planned_end=start + timedelta(minutes=60),
            **self._said(self.desk, at),
        )
        return self

    def arrive_at_home(self, at: datetime):
        """The doctor sets out, arrives, and holds the patient's document."""
        doctor, visit = self.district.actor(self.doctor), {"assessment_id": self.request.assessment_id}
        clinical.depart(**visit, **self._said(doctor, at - 20 * MINUTE))
        clinical.arrive(**visit, **self._said(doctor, at))
        return self

    def see_document(self, at: datetime):
        patient_services.record_identity_check(
            patient_id=self.home.patient.pk,
            kind="original",
            passed=True,
            source="家庭医生上门核对原件",
            **self._said(self.district.actor(self.doctor), at),
        )
        return self

    def assess(self, at: datetime, result: str = "suitable", *, only: int | None = None):
        """Fill in the sections, minute by minute; ``only`` so many leaves the paper half-written."""
        doctor, visit = self.district.actor(self.doctor), {"assessment_id": self.request.assessment_id}
        answers = findings.assessment(
            self.home.case, allergies=self.home.patient.allergies, wish=self.home.case.wish, draw=self.draw
        )
        for minutes, (key, given) in enumerate(list(answers.items())[:only]):
            clinical.save_section(key=key, answers=given, **visit, **self._said(doctor, at + minutes * MINUTE))
        if only is None:
            opinion = {"suitable": "病情平稳，适宜上门护理，按项目单执行。", "refer": "需专科进一步处理，建议转诊。"}
            clinical.conclude(
                result=result,
                opinion=opinion.get(result, "目前居家条件不能保证安全，暂不宜上门护理。"),
                **visit,
                **self._said(doctor, at + 12 * MINUTE),
            )
        return self

    def sign_assessment(self, at: datetime):
        clinical.sign_assessment(
            assessment_id=self.request.assessment_id,
            valid_days=180,
            **self._said(self.district.actor(self.doctor), at),
        )
        return self

    def first_visit(self, start: datetime, result: str = "suitable"):
        """The whole first assessment, within three quarters of an hour."""
        self.arrive_at_home(start).see_document(start + 2 * MINUTE).assess(start + 4 * MINUTE, result)
        return self.sign_assessment(start + 20 * MINUTE)

    def find_unsuitable(self, at: datetime):
        reason, advice = self.draw.choice(cases.UNSUITABLE)
        services.find_unsuitable(
            request_id=self.request.pk,
            reason=reason,
            advice=advice,
            **self._said(self.district.actor(self.doctor), at),
        )

    def refer(self, at: datetime, answered: datetime | None = None):
        reason, advice, outcome = self.draw.choice(cases.REFERRED)
        services.refer(
            request_id=self.request.pk,
            reason=reason,
            advice=advice,
            **self._said(self.district.actor(self.doctor), at),
        )
        if answered and outcome:
            services.record_referral_outcome(
                request_id=self.request.pk,
                outcome=outcome,
                **self._said(self.district.actor(self.doctor), answered),
            )

    def prescribe(self, at: datetime, *, times: int | None = None, valid_days: int = 60):
        case = self.home.case
        self.request = services.prescribe(
            request_id=self.request.pk,
            lines=[Wanted(item, times or case.times, case.frequency) for item in self._items],
            valid_until=at.date() + timedelta(days=valid_days),
            cautions="如有不适立即停止操作并联系家庭医生。",
            **self._said(self.district.actor(self.doctor), at),
        )
        self.order = Order.objects.get(request=self.request)
        return self

    # --- the order ----------------------------------------------------------------------------------------------

    def next_visit(self, at: datetime, window: tuple[datetime, datetime]):
        """The desk arranges one more visit from the same prescription."""
        lines = list(self.request.prescription.lines.order_by("pk").values_list("pk", flat=True))
        self.order = services.create(
            request=self.request,
            prescription=self.request.prescription,
            line_ids=lines,
            window_start=window[0],
            window_end=window[1],
            **self._said(self.desk, at),
        )
        return self

    def sign(self, at: datetime):
        """Under both papers: with the family's own account, or on glass in front of the doctor."""
        if self.order.consent_id:  # an earlier signature covers this visit already
            return self
        by = self.home.actor or self.district.actor(self.doctor)
        self.order = services.consent(
            order_id=self.order.pk,
            shown=self.district.shown,
            method="glass",
            strokes=STROKES,
            device="演示手机",
            **self.home.signer,
            **self._said(by, at),
        )
        return self

    def seat(self, start: datetime, *, nurse: DemoNurse | None = None) -> DemoNurse:
        """Find a nurse who may and can, plan her day, and keep the hour free for this visit."""
        end = start + timedelta(minutes=self.order.minutes)
        if nurse is None:
            fit = [one for one in self.centre.nurses if one.takes(self._items, start, end)]
            if not fit:
                raise ValueError(f"{self.centre.name} has nobody free at {start:%m-%d %H:%M} for {self.home.case.wish}")
            nurse = min(fit, key=lambda one: (len(one.visits), one.row.pk))
        ensure_shift(self.district, nurse, start.date())
        nurse.visits.append((start, end))
        self.nurse = nurse
        return nurse

    def slot(self, ahead: int) -> datetime:
        """An hour of that day at which somebody is free."""
        hours = self.draw.sample(HOURS, len(HOURS))
        lasts = timedelta(minutes=self.order.minutes)
        for start in (self.district.clock.at(ahead, hour) for hour in hours):
            if any(nurse.takes(self._items, start, start + lasts) for nurse in self.centre.nurses):
                return start
        raise ValueError(f"{self.centre.name} has nobody free on day {ahead} for {self.home.case.wish}")

    def unseat(self):
        assert self.nurse is not None
        self.nurse.visits.pop()
        self.nurse = None

    def offer(self, at: datetime, start: datetime, *, nurse: DemoNurse | None = None, until: datetime | None = None):
        self.seat(start, nurse=nurse)
        assert self.nurse is not None
        ends = start + timedelta(minutes=self.order.minutes)
        soft = eligibility.objections(self.order, self.nurse.row.pk, start, ends)
        self.order = services.offer(
            order_id=self.order.pk,
            nurse_id=self.nurse.row.pk,
            planned_start=start,
            accept_by=until,
            override="已与家属电话商定时间" if soft else "",
            **self._said(self.desk, at),
        )
        return self

    def accept(self, at: datetime):
        self.order = services.accept(order_id=self.order.pk, **self._said(self.sister, at))
        return self

    def say_no(self, at: datetime, how: str):
        """The visit comes back to the desk: ``decline`` or ``give_back`` by the nurse, ``recall`` by the desk."""
        by = self.desk if how == "recall" else self.sister
        self.order = getattr(services, how)(
            order_id=self.order.pk, reason=self.draw.choice(cases.NURSE_DECLINED), **self._said(by, at)
        )
        self.unseat()
        return self

    def reschedule(self, at: datetime, window: tuple[datetime, datetime]):
        self.order = services.reschedule(
            order_id=self.order.pk,
            window_start=window[0],
            window_end=window[1],
            reason=self.draw.choice(cases.WAITING_REASONS),
            **self._said(self.family_or_desk, at),
        )
        if self.nurse:
            self.unseat()
        return self

    def depart(self, at: datetime):
        self.order = services.depart(order_id=self.order.pk, **self._said(self.sister, at))
        return self

    def check_in(self, at: datetime, *, far: bool = False):
        off = 0.02 if far else self.draw.uniform(-0.0008, 0.0008)
        self.order = services.check_in(
            order_id=self.order.pk,
            identifiers=ONLINE_IDENTIFIERS,
            lon=self.home.known.lon + off,
            lat=self.home.known.lat,
            accuracy_m=self.draw.choice((12.0, 20.0, 35.0)),
            **self._said(self.sister, at),
        )
        return self

    def record(self, at: datetime, *, half: bool = False):
        """Steps, readings, waste, specimen and note, as they come; ``half`` stops after the steps."""
        act = {"record_id": self.order.visit_record_id}
        items = list(self.order.visit_record.items.prefetch_related("steps", "asks__measurement").order_by("number"))
        asked = {}
        for item in items:
            for minutes, step in enumerate(sorted(item.steps.all(), key=lambda one: one.number)):
                moment = max(self.last or at, at + minutes * MINUTE)
                clinical.answer_step(step_id=step.pk, done=True, **act, **self._said(self.sister, moment))
            asked |= {ask.measurement_id: ask.measurement for ask in item.asks.all() if ask.required}
        if half:
            return self
        said = self._said(self.sister, max(self.last or at, at + 8 * MINUTE))
        for measurement in sorted(asked.values(), key=lambda one: one.key):
            raw = findings.reading(measurement, said["now"], self.draw)
            clinical.take_reading(key=measurement.key, raw=raw, explanation=findings.WHY, **act, **said)
        if any(item.takes_specimen for item in items):
            logistics.collect(
                order_id=self.order.pk,
                kind="chemistry",
                label=f"DEMO-{self.order.pk:05}",
                destination="中心检验科",
                **said,
            )
        waste = "infectious" if any(item.makes_waste for item in items) else "none"
        logistics.declare(order_id=self.order.pk, waste=waste, bags=1 if waste != "none" else 0, **said)
        left = self.request.prescription.times_left
        next_step = "next_visit" if left else self.draw.choice(("follow_up", "stop"))
        clinical.write_note(note=self.home.case.note, next_step=next_step, **act, **said)
        return self

    def finish(self, at: datetime):
        self.order = services.finish(order_id=self.order.pk, **self._said(self.sister, at))
        goods.bring_back(self.district, self.order, self.sister, self.desk.name, at)
        return self

    def serve(self, start: datetime):
        """From the door of the centre to the end of the visit."""
        late = self.draw.choice((-4, -2, 0, 1, 3, 5))
        self.depart(start - 25 * MINUTE).check_in(start + late * MINUTE, far=self.draw.random() < 0.03)
        end = start + timedelta(minutes=self.order.minutes)
        return self.record(start + 8 * MINUTE).finish(max(end, self.last or end))

    def confirm(self, at: datetime):
        """By the family on its phone, or by the code that it reads out to the nurse."""
        by_code = self.home.acting == BY_PHONE
        self.order = services.confirm(
            order_id=self.order.pk,
            code=self.order.visit_code if by_code else "",
            **self._said(self.sister if by_code else self.family, at),
        )
        return self

    def rate(self, at: datetime, *, reply: datetime | None = None):
        marks = {key: self.draw.choice((5, 5, 5, 4, 4, 3)) for key in ("on_time", "explained", "asked", "observed")}
        comment = self.draw.choice(cases.COMMENTS)
        services.rate(order_id=self.order.pk, answers=marks, comment=comment, **self._said(self.family, at))
        if reply:
            services.reply_to_rating(
                order_id=self.order.pk, reply=self.draw.choice(cases.REPLIES), **self._said(self.desk, reply)
            )
        return self

    def object_to(self, at: datetime):
        self.order = services.object_to(
            order_id=self.order.pk, reason=self.draw.choice(cases.OBJECTED), **self._said(self.family, at)
        )
        return self

    def settle(self, at: datetime, *, completed: bool = True):
        self.order = services.settle(
            order_id=self.order.pk,
            outcome=self.draw.choice(cases.SETTLED),
            completed=completed,
            **self._said(self.desk, at),
        )
        return self

    def cancel(self, at: datetime):
        self.order = services.cancel(
            order_id=self.order.pk, reason=self.draw.choice(cases.CANCELLED), **self._said(self.family_or_desk, at)
        )
        if self.nurse:
            self.unseat()
        return self

    def miss(self, at: datetime):
        failed_by, reason = self.draw.choice(cases.NO_SHOW)
        self.order = services.miss(
            order_id=self.order.pk, failed_by=failed_by, reason=reason, **self._said(self.sister, at)
        )
        return self

    def abort(self, at: datetime):
        self.order = services.abort(
            order_id=self.order.pk, reason=self.draw.choice(cases.ABORTED), **self._said(self.sister, at)
        )
        return self

    @property
    def _items(self):
        return [self.centre.items[number] for number in self.home.case.numbers]

    @property
    def assessment(self) -> Assessment:
        return Assessment.objects.get(pk=self.request.assessment_id)
