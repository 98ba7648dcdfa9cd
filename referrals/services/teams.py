"""Teams of one specialty and coaching pairs: founded by the lead hospital, joined and left by day (000 四(十三))."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import AT_CENTRE, AT_HOSPITAL, Role
from accounts.selectors import posts_in_force
from audit.services import broken_constraint, recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, Refusal, hidden
from referrals import rules
from referrals.lifecycle import REMOTELY
from referrals.models import Coaching, Specialty, Team, TeamMember


def found_team(*, hospital: Organization, specialty: str, name: str, by: Actor, now: datetime) -> Team:
    """Found a team. :raises kernel.refusals.Refused: another hospital's, no specialty, no name, or there is one"""
    _demand_hospital(hospital, by)
    found = [fault] if (fault := rules.words(name, field="name", what="小组名称", most=40, clause=REMOTELY)) else []
    if specialty not in Specialty.values:
        found.append(Refusal("team.specialty", "请选择专科。", REMOTELY, field="specialty"))
    if found:
        raise Invalid(*found)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=hospital.pk)  # two of one name would meet here
        if Team.objects.filter(hospital=hospital, name=name.strip(), ends_on__isnull=True).exists():
            raise Invalid(Refusal("team.known", "已有同名的小组，请换一个名称。", REMOTELY, field="name"))
        row = Team(hospital=hospital, specialty=specialty, name=name.strip(), starts_on=timezone.localdate(now))
        with recording("referrals.team_founded", target=row, by=by, now=now, organisation_id=hospital.pk) as entry:
            row.save(force_insert=True)
            entry.data["specialty"] = specialty
    return row


def end_team(*, team_id: int, by: Actor, now: datetime) -> Team:
    """Dissolve a team; whoever is in it leaves with it. :raises kernel.refusals.Refused: not ours, or it is over"""
    with transaction.atomic():
        row = _team(team_id, by)
        with recording("referrals.team_ended", target=row, by=by, now=now, organisation_id=row.hospital_id):
            row.ends_on = max(timezone.localdate(now), row.starts_on)
            row.save(update_fields=["ends_on"])
            for member in row.members.filter(ends_on__isnull=True):
                member.ends_on = max(timezone.localdate(now), member.starts_on)
                member.save(update_fields=["ends_on"])
    return row


def join_team(*, team_id: int, person_id: int | None, leads: bool = False, by: Actor, now: datetime) -> TeamMember:
    """Take somebody of the alliance into a team. :raises kernel.refusals.Refused: nobody of ours, or in it already"""
    today = timezone.localdate(now)
    with transaction.atomic():
        team = _team(team_id, by)
        place = _place_of(person_id, team.hospital, today)
        if place is None or person_id is None:
            raise Invalid(Refusal("team.person", "请选择本医联体在岗的护士、医生或督导。", REMOTELY, field="person"))
        if team.members.filter(person=person_id, ends_on__isnull=True).exists():
            raise Invalid(Refusal("team.member", "这位成员已在小组里。", REMOTELY, field="person"))
        row = TeamMember(team=team, person_id=person_id, organisation_id=place, leads=leads, starts_on=today)
        with recording("referrals.member_joined", target=row, by=by, now=now, organisation_id=team.hospital_id):
            row.save(force_insert=True)
    return row


def leave_team(*, member_id: int, by: Actor, now: datetime) -> TeamMember:
    """Let somebody leave a team. :raises kernel.refusals.Refused: not ours, or gone already"""
    with transaction.atomic():
        rows = TeamMember.objects.select_for_update(of=("self",)).select_related("team")
        row = rows.filter(pk=member_id, team__hospital__in=by.orgs_as(Role.REVIEWER)).first()
        if row is None:
            raise hidden("这位成员")
        if row.ends_on:
            raise NotNow(Refusal("team.left", "这位成员已经退出。", REMOTELY))
        with recording("referrals.member_left", target=row, by=by, now=now, organisation_id=row.team.hospital_id):
            row.ends_on = max(timezone.localdate(now), row.starts_on)
            row.save(update_fields=["ends_on"])
    return row


def begin_coaching(
    *, hospital: Organization, nurse_id: int | None, mentor_id: int | None, specialty: str, goal: str,
    starts_on: date | None, ends_on: date | None, by: Actor, now: datetime,
) -> Coaching:  # fmt: skip
    """
    Pair a nurse of a centre with a mentor of the hospital or of its teams, for some time.

    :raises kernel.refusals.Refused: not of this alliance, no goal, days that run backwards, or she has a mentor then
    """
    _demand_hospital(hospital, by)
    today = timezone.localdate(now)
    centre = _place_of(nurse_id, hospital, today, roles={Role.NURSE})
    found = []
    if centre is None:
        found.append(Refusal("coaching.nurse", "请选择本医联体中心在岗的护士。", REMOTELY, field="nurse"))
    if mentor_id == nurse_id or _place_of(mentor_id, hospital, today) is None:
        found.append(Refusal("coaching.mentor", "请选择本医联体在岗的带教老师，不能是护士本人。", REMOTELY, "mentor"))
    if specialty not in Specialty.values:
        found.append(Refusal("coaching.specialty", "请选择专科。", REMOTELY, field="specialty"))
    if fault := rules.words(goal, field="goal", what="带教目标", most=200, clause=REMOTELY):
        found.append(fault)
    if starts_on is None or ends_on is None or ends_on < starts_on:
        found.append(Refusal("coaching.days", "请填写开始和结束日期，结束不早于开始。", REMOTELY, field="ends_on"))
    if found or centre is None or nurse_id is None or mentor_id is None or starts_on is None or ends_on is None:
        raise Invalid(*found)
    row = Coaching(
        hospital=hospital, centre_id=centre, nurse_id=nurse_id, mentor_id=mentor_id, specialty=specialty,
        goal=goal.strip(), starts_on=starts_on, ends_on=ends_on,
    )  # fmt: skip
    try:
        with transaction.atomic(), recording("referrals.coaching_begun", target=row, by=by, now=now) as entry:
            row.save(force_insert=True)
            entry.data.update({"nurse": nurse_id, "mentor": mentor_id, "specialty": specialty})
    except IntegrityError as broken:
        if broken_constraint(broken) != "coaching_one_mentor_at_a_time":
            raise
        said = "这位护士在这段时间里已有这一专科的带教老师。"
        raise Invalid(Refusal("coaching.twice", said, REMOTELY, field="nurse")) from broken
    return row


def end_coaching(*, coaching_id: int, result: str, by: Actor, now: datetime) -> Coaching:
    """End a pair with what came of it. :raises kernel.refusals.Refused: not ours, over already, or no words"""
    if fault := rules.words(result, field="result", what="带教结果", most=200, clause=REMOTELY):
        raise Invalid(fault)
    with transaction.atomic():
        rows = Coaching.objects.select_for_update(of=("self",))
        row = rows.filter(pk=coaching_id, hospital__in=by.orgs_as(Role.REVIEWER)).first()
        if row is None:
            raise hidden("这次带教")
        if row.ended_at:
            raise NotNow(Refusal("coaching.over", "这次带教已经结束。", REMOTELY))
        with recording("referrals.coaching_ended", target=row, by=by, now=now):
            row.ended_at, row.result = now, result.strip()
            row.save(update_fields=["ended_at", "result"])
    return row


def _demand_hospital(hospital: Organization, by: Actor) -> None:
    if hospital.kind != Organization.Kind.HOSPITAL or hospital.pk not in by.orgs_as(Role.REVIEWER):
        raise hidden("这家医院")


def _team(team_id: int, by: Actor) -> Team:
    rows = Team.objects.select_for_update(of=("self",)).select_related("hospital")
    row = rows.filter(pk=team_id, hospital__in=by.orgs_as(Role.REVIEWER)).first()
    if row is None:
        raise hidden("这个小组")
    if row.ends_on:
        raise NotNow(Refusal("team.over", "这个小组已经撤销。", REMOTELY))
    return row


def _place_of(user_id: int | None, hospital: Organization, on: date, roles=AT_CENTRE | AT_HOSPITAL) -> int | None:
    """Where in this alliance somebody works today."""
    posts = posts_in_force(on=on).filter(user=user_id, role__in=sorted(roles))
    places = {hospital.pk, *hospital.children.values_list("pk", flat=True)}
    return posts.filter(organisation__in=places).order_by("pk").values_list("organisation", flat=True).first()
