"""
Who wears which hat towards a consult or a referral: the centre, its lead hospital, and towards a referral the family.

``*_hats`` answers for one row, ``*_visible_to`` for a table; a test proves that they agree. The hospital is the row's
own: whoever reviews another alliance wears no hat.
"""

from django.db.models import Exists, OuterRef, Q

from accounts.roles import Role
from kernel.actors import Actor
from orders import access as orders
from orders.lifecycle import OPEN, OrderStatus
from orders.models import Order, ServiceRequest
from patients import access as patients
from referrals.lifecycle import REFERRAL_OPEN, REMOTE_TAKEN
from referrals.models import JointRound, Referral, RemoteConsult, RoundMember

AT_THE_CENTRE = (Role.DISPATCHER, Role.DOCTOR, Role.CENTRE_ADMIN)
READ_ROUNDS = (Role.DISPATCHER, Role.DOCTOR)
HERS = OPEN - {OrderStatus.OFFERED}  # whom a visit is only offered to is shown a masked name, and no record
NOT_HERS = frozenset({OrderStatus.OFFERED, OrderStatus.CANCELLED})


def consult_hats(actor: Actor, row: RemoteConsult) -> frozenset:
    worn = {role for role in AT_THE_CENTRE if row.centre_id in actor.orgs_as(role)}
    if row.hospital_id in actor.orgs_as(Role.REVIEWER):
        worn.add(Role.REVIEWER)
    asked = row.asked_by_id == actor.user_id
    hers = row.order is not None and Role.NURSE in orders.order_hats(actor, row.order)
    if row.centre_id in actor.orgs_as(Role.NURSE) and (asked or hers):
        worn.add(Role.NURSE)
    return frozenset(worn)


def consults_visible_to(actor: Actor):
    hers = Q(asked_by=actor.user_id) | Q(order__nurse__user=actor.user_id)
    return RemoteConsult.objects.filter(
        Q(centre__in=actor.orgs_as(*AT_THE_CENTRE))
        | Q(hospital__in=actor.orgs_as(Role.REVIEWER))
        | Q(centre__in=actor.orgs_as(Role.NURSE)) & hers
    )


def may_read_record(actor: Actor, row: RemoteConsult) -> bool:
    """Summary and pictures: for the expert who has taken it while it is open, and for the centre that wrote them."""
    here = consult_hats(actor, row)
    mine = row.expert_id == actor.user_id and row.status in REMOTE_TAKEN
    return bool(here - {Role.REVIEWER}) or (Role.REVIEWER in here and mine)


def may_open_pictures(actor: Actor, row: RemoteConsult) -> bool:
    """The expert who has taken it, while it is open; and who attached them, for that person could see them anyway."""
    here = consult_hats(actor, row)
    mine = row.expert_id == actor.user_id and row.status in REMOTE_TAKEN
    return (Role.REVIEWER in here and mine) or (bool(here - {Role.REVIEWER}) and row.asked_by_id == actor.user_id)


def referral_hats(actor: Actor, row: Referral) -> frozenset:
    worn = {role for role in AT_THE_CENTRE if row.centre_id in actor.orgs_as(role)}
    if row.hospital_id in actor.orgs_as(Role.REVIEWER):
        worn.add(Role.REVIEWER)
    return frozenset(worn | patients.reading_hats(actor, row.patient_id))


def referrals_visible_to(actor: Actor):
    return Referral.objects.filter(
        Q(centre__in=actor.orgs_as(*AT_THE_CENTRE))
        | Q(hospital__in=actor.orgs_as(Role.REVIEWER))
        | Q(patient__in=patients.read_by_family(actor))
    )


def may_read_shared(actor: Actor, row: Referral) -> bool:
    """The record travels along once somebody's consent is noted, and until the referral is over."""
    here = referral_hats(actor, row) & {*AT_THE_CENTRE, Role.REVIEWER}
    return bool(here) and bool(row.consent_by) and row.status in REFERRAL_OPEN


def round_hats(actor: Actor, row: JointRound) -> frozenset:
    """
    Doctors and the desk of the centre; a nurse who took part, or who has taken on a visit to this patient; and the
    specialist of the lead hospital who was there.
    """
    worn = {role for role in READ_ROUNDS if row.centre_id in actor.orgs_as(role)}
    experts = row.members.filter(person=actor.user_id, organisation__in=actor.orgs_as(Role.REVIEWER))
    if actor.holds(Role.REVIEWER) and experts.exists():
        worn.add(Role.REVIEWER)
    if row.centre_id in actor.orgs_as(Role.NURSE):
        visits = Order.objects.filter(patient=row.patient_id, centre=row.centre_id, nurse__user=actor.user_id)
        took_part = row.members.filter(person=actor.user_id).exists()
        if took_part or visits.filter(status__in=sorted(HERS)).exists():
            worn.add(Role.NURSE)
    return frozenset(worn)


def rounds_visible_to(actor: Actor):
    took_part = RoundMember.objects.filter(round=OuterRef("pk"), person=actor.user_id)
    visits = Order.objects.filter(
        patient=OuterRef("patient"), centre=OuterRef("centre"), nurse__user=actor.user_id, status__in=sorted(HERS)
    )
    hers = Q(centre__in=actor.orgs_as(Role.NURSE)) & (Q(Exists(took_part)) | Q(Exists(visits)))
    theirs = Q(Exists(took_part.filter(organisation__in=actor.orgs_as(Role.REVIEWER))))
    return JointRound.objects.filter(Q(centre__in=actor.orgs_as(*READ_ROUNDS)) | hers | theirs)


def may_record_round(actor: Actor, *, patient_id, centre_id: int, order: Order | None) -> bool:
    """A doctor of the centre about whoever applied to it, a nurse of the centre about a visit that she took on."""
    if centre_id in actor.orgs_as(Role.DOCTOR):
        return ServiceRequest.objects.filter(patient=patient_id, centre=centre_id).exists()
    if order is None or order.status in NOT_HERS or (order.patient_id, order.centre_id) != (patient_id, centre_id):
        return False
    return Role.NURSE in orders.order_hats(actor, order)
