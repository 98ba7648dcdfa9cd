"""One of everything that has a page, built by the verbs that people use; and the address of each page about it."""

from datetime import timedelta
from itertools import cycle, product
from types import SimpleNamespace

from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit.models import Event
from clinical import services as clinical
from clinical.models import CallBack
from education import services as education
from followups import services as followup_services
from followups.models import GreenCase, PlanTemplate, Questionnaire
from indicators import services as indicators
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from orders.models import Order, ServiceRequest
from patients.models import Proxy
from safety import services as safety
from supervision import services as supervision
from tests import world
from tests.desks import offices
from tests.desks.test_everything_leaves_a_trace import where
from tests.world import followups, persons

NAMES = cycle(map("".join, product("秀桂春淑", "兰珍芳英华")))
FAMILY_STATES = (S.AWAITING_CONSENT, S.ACCEPTED, S.AWAITING_CONFIRMATION, S.NO_SHOW)
STAFF_STATES = (S.AWAITING_CONSENT, S.AWAITING_DISPATCH, S.OFFERED)
REQUESTS = (Q.SUBMITTED, Q.ASSESSING, Q.REFERRED)
WITHOUT_A_NURSE = {S.AWAITING_CONSENT, S.AWAITING_DISPATCH, *REQUESTS}


def for_the_family(made: SimpleNamespace) -> SimpleNamespace:
    """Beside a finished visit: orders and requests that wait for the family, and a follow-up that has fallen due."""
    with _everybody_else(made):
        for at in FAMILY_STATES:
            world.order(_next_door(made, at), at=at)
        world.request(_next_door(made, Q.ASSESSING), at=Q.ASSESSING)
        made.followup = followups.due(_next_door(made))
    said = {"by": made.actor(Role.SUPERVISOR), "now": made.now}
    education.review_article(article_id=made.article.pk, **said)
    education.publish_article(article_id=made.article.pk, **said)
    education.approve_post(post_id=made.post.pk, **said)
    return made


def for_the_staff(made: SimpleNamespace) -> SimpleNamespace:
    """Beside a finished visit: what waits for desk, doctor, centre, lead hospital and commission."""
    supervisor = made.actor(Role.SUPERVISOR)
    followup_services.publish_starting_content(district=made.district, by=supervisor, now=made.now)
    with _everybody_else(made):
        for at in STAFF_STATES:
            world.order(_next_door(made, at), at=at)
        for at in REQUESTS:
            world.request(_next_door(made, at), at=at)
        visit = world.order(_next_door(made), at=S.IN_SERVICE)
        clinical.take_reading(
            record_id=visit.visit_record_id, key="spo2_pct", raw="85", explanation="已给氧", by=made.actor(Role.NURSE),
            now=visit.arrived_at,
        )  # fmt: skip
        made.followup = followups.due(_next_door(made))
        followups.answered(_next_door(made), followups.BAD)
    made.twin = persons.patient(
        by=world.SETUP, now=made.now, name=made.patient.name, birth_date=made.patient.birth_date,
        sex=made.patient.sex, identity_kind="passport", identity_number="E12345678",
    )  # fmt: skip
    made.task = indicators.add_task(
        district=made.district, area="服务能力", name="提高准时到达率", lead="区卫生健康委",
        due_on=timezone.localdate() + timedelta(days=30), by=supervisor, now=made.now,
    )  # fmt: skip
    made.report_above = safety.file_report(
        to_commission=True, accused=made.centre, kind="care", words="护士没有洗手", by=made.actor(Role.PROXY),
        now=made.now,
    )  # fmt: skip
    made.sheet_of_hospital = supervision.begin_walk(centre=made.centre, by=made.actor(Role.REVIEWER), now=made.now)
    return made


class _everybody_else:  # noqa: N801 - read as a sentence
    """Builders speak of the town's one patient and nurse: others take their places for a while."""

    def __init__(self, made):
        self.made = made

    def __enter__(self):
        self.first = self.made.patient, self.made.nurse, self.made.users[Role.NURSE]

    def __exit__(self, *_):
        self.made.patient, self.made.nurse, self.made.users[Role.NURSE] = self.first


def _next_door(made, at=None) -> SimpleNamespace:
    """Another patient of the same family, with a nurse of her own where one goes: nobody is at two doors at once."""
    offices.another_patient(made, name=f"沈{next(NAMES)}")
    if at not in WITHOUT_A_NURSE:
        made.nurse = persons.nurse(made.centre, now=made.now, days=3)
        made.users[Role.NURSE] = made.nurse.user
    return made


# What a page with a number of its own is about, where the map of posted addresses does not know it.
ABOUT = {
    "public:learn_one": lambda made: [made.article.code],
    "public:learn_paper": lambda made: [made.article.code],
    "public:story": lambda made: [made.post.pk],
    "family:referral": lambda made: [made.referral.number],
    "family:followup": lambda made: [made.followup.pk],
    "family:receipt": lambda made: [made.patient.pk, _looked_at(made)],
    "family:end_proxy": lambda made: [Proxy.objects.filter(patient=made.patient).first().pk],
    "dispatch:call": lambda made: [made.call.pk],
    "dispatch:referrals_one": lambda made: [made.referral.number],
    "dispatch:remote_one": lambda made: [made.remote.number],
    "dispatch:followup": lambda made: [made.followup.pk],
    "dispatch:followups_end": lambda made: [made.followup.plan_id],
    "dispatch:followups_release": lambda made: [GreenCase.objects.latest("pk").pk],
    "dispatch:followups_file": lambda made: [made.followup.patient_id],
    "doctor:green_one": lambda made: [GreenCase.objects.latest("pk").pk],
    "doctor:call": lambda made: [CallBack.objects.latest("pk").pk],
    "centre:incidents_one": lambda made: [made.incident.pk],
    "centre:duplicates_one": lambda made: [made.twin.pk],
    "centre:people_password": lambda made: [made.users[Role.DOCTOR].posts.get().pk],
    "centre:followups_edit": lambda made: [PlanTemplate.objects.earliest("pk").pk],
    "centre:followups_questions": lambda made: [Questionnaire.objects.earliest("pk").pk],
    "centre:trace_of": lambda made: ["orders.order", made.order.pk],
    "centre:trace_account": lambda made: [made.users[Role.DOCTOR].pk],
    "oversight:trace_account": lambda made: [made.users[Role.DOCTOR].pk],
    "oversight:trace_nurse": lambda made: [made.nurse.pk],
    "oversight:followups_edit": lambda made: [PlanTemplate.objects.earliest("pk").pk],
    "oversight:followups_questions": lambda made: [Questionnaire.objects.earliest("pk").pk],
    "oversight:followups_stop": lambda made: [PlanTemplate.objects.earliest("pk").pk],
    "oversight:trace_of": lambda made: ["orders.order", made.order.pk],
    "oversight:tasks_one": lambda made: [made.task.pk],
    "oversight:reports_one": lambda made: [made.report_above.pk],
    "oversight:catalogue_item": lambda made: [made.item(9).pk],
    "review:referrals_one": lambda made: [made.referral.number],
    "review:consults_one": lambda made: [made.remote.number],
    "review:quality_sheet": lambda made: [made.sheet_of_hospital.pk],
}  # fmt: skip


def _looked_at(made) -> int:
    """A look at the patient's record, of which the family may have a receipt."""
    return Event.objects.filter(subject_id=str(made.patient.pk)).exclude(kind=Event.Kind.ROW).latest("id").pk


def addresses(made, name, page) -> list[str]:
    """Where this page could be about something that is there; the first that opens is looked at."""
    if not page.pattern.converters:
        return [reverse(name)]
    if name in ABOUT:
        return [reverse(name, args=ABOUT[name](made))]
    try:
        known = where(made, name, page)
    except KeyError:  # about something that the world here does not hold
        return []
    if "number" not in page.pattern.converters:
        return [known]
    orders = Order.objects.order_by("-pk").values_list("number", flat=True)
    requests = ServiceRequest.objects.order_by("-pk").values_list("number", flat=True)
    others = [known.replace(made.order.number, number) for number in orders]
    others += [known.replace(made.request.number, number) for number in requests]
    return list(dict.fromkeys([known, *others]))
