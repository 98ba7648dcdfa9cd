"""A second alliance of the same district, its reviewer, and what a centre and its lead hospital do for each other."""

from datetime import timedelta
from types import SimpleNamespace

from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from referrals import services
from referrals.rules import Todo
from referrals.services.rounds import Said
from tests.world import places

REASON = "造口周围皮肤破损加重，居家难以处理。"
SUMMARY = "造口术后三月，周围皮肤破损 2 cm，渗液。"
FOUND = "骶尾部皮肤发红，压之不褪色；家属两小时翻身一次，夜间做不到。"
AGREED = "改用气垫床，夜间四小时翻身一次，一周后复查皮肤。"
QUESTION = "造口周围皮肤破损渗液，用哪种护理产品，多久换一次？"


def another(t) -> SimpleNamespace:
    """Another lead hospital with a centre of its own and somebody in every role that could ask."""
    hospital = create_organisation(
        kind=Organization.Kind.HOSPITAL, name="另一家医院", short_name="另一家", parent=t.district, by=places.SETUP,
        now=t.now,
    )  # fmt: skip
    centre = places.centre(hospital, towns=(places.LUJIAZUI,), name="陆家嘴", now=t.now)
    posts = {Role.REVIEWER: hospital, Role.DOCTOR: centre, Role.DISPATCHER: centre, Role.NURSE: centre}
    users = {role: places.post(place, role, now=t.now).user for role, place in posts.items()}
    return SimpleNamespace(
        hospital=hospital, centre=centre, users=users,
        actor=lambda role: places.actor(users[role], t.now.date()),
    )  # fmt: skip


def upward(t, **changed):
    """The doctor refers the patient to the lead hospital."""
    given = {"patient": t.patient, "centre": t.centre, "reason": REASON, "summary": SUMMARY, "consent_by": "family"}
    return services.refer_up(**{**given, "by": t.actor(Role.DOCTOR), "now": t.now, **changed})


def downward(t, **changed):
    """The hospital hands the patient to the centre's home nursing."""
    given = {"patient": t.patient, "centre": t.centre, "reason": "带胃管回家，需要护理。", "summary": SUMMARY}
    given |= {"consent_by": "self", "department": "神经内科"}
    return services.refer_down(**{**given, "by": t.actor(Role.REVIEWER), "now": t.now, **changed})


def asked(t, order, **changed):
    """The nurse of a visit asks the lead hospital."""
    given = {"question": QUESTION, "summary": SUMMARY, "urgency": "routine"}
    return services.ask(order=order, **{**given, "by": t.actor(Role.NURSE), "now": t.now, **changed})


def of_a_round(t, **changed) -> Said:
    """The town's doctor and nurse saw the patient together, and agreed on one thing."""
    today = timezone.localdate(t.now)
    doctor, nurse = t.users[Role.DOCTOR].pk, t.users[Role.NURSE].pk
    given = {"kind": "home", "held_on": today, "doctors": [doctor], "nurses": [nurse], "findings": FOUND}
    given |= {"advice": AGREED, "todos": (Todo("翻身卡交给家属", nurse, today + timedelta(days=3)),)}
    return Said(**{**given, **changed})


def round_held(t, order, *, role=Role.DOCTOR, said=None, **changed):
    """They sign the record of it; the doctor led it."""
    given = {"patient": order.patient, "centre": order.centre, "order": order, "said": said or of_a_round(t)}
    return services.sign_round(**{**given, "by": t.actor(role), "now": t.now, **changed})
