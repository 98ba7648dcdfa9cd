"""A district as the offices see it: orders in every state, nurses with flaws, centres with and without papers."""

from datetime import date, timedelta

from django.utils import timezone

from accounts.roles import Role
from audit import delivery
from institutions import services as institutions
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.desks import offices
from tests.journeys.people import PASSWORD
from tests.world import persons, places

LONG_NAME = "阿卜杜拉木·买买提吐尔逊"
SHOWN = (S.AWAITING_CONSENT, S.AWAITING_DISPATCH, S.IN_SERVICE, S.DISPUTED, S.NO_SHOW, S.ABORTED, S.COMPLETED)


def town():
    """A town of yesterday nine o'clock, whose staff can log in."""
    made = offices.town()
    for role, name in offices.NAMES.items():
        user = made.users[role]
        user.display_name = name
        user.set_password(PASSWORD)
        user.save()
    made.staff_nurse = made.nurse.user
    made.staff_nurse.set_password(PASSWORD)
    made.staff_nurse.save()
    return made


def busy(t) -> dict:
    """Orders in the states that an office asks about, each with a nurse of its own; a referral; a rating."""
    rows = {}
    for at in SHOWN:
        offices.another_patient(t)
        t.nurse = persons.nurse(
            t.centre, name=f"{LONG_NAME if at == S.ABORTED else '护士' + at.label}", now=t.now, days=3
        )
        t.users[Role.NURSE] = t.nurse.user
        rows[at] = world.order(t, at=at)
    offices.another_patient(t)
    rows[Q.REFERRED] = world.request(t, Q.REFERRED)
    persons.nurse(t.centre, name="梅若兰", fails=["years", "insurance", "licence", "exclusion"], now=t.now, days=1)
    services.rate(
        order_id=rows[S.COMPLETED].pk, answers={"on_time": 5, "explained": 4, "asked": 5, "observed": 2},
        comment="护士很耐心，就是来晚了一点。", by=t.actor(Role.PROXY), now=timezone.now(),
    )  # fmt: skip
    return rows


def papers(t) -> None:
    """A second centre that is stopped, a third that waits for its filings, rules at the first."""
    stopped = places.centre(t.hospital, towns=(places.LUJIAZUI,), name="陆家嘴", now=t.now)
    institutions.suspend(
        organisation=stopped, starts_on=timezone.localdate(), reason="消防整改，暂停上门护理服务", clause="002 五(二)1",
        by=places.SETUP, now=timezone.now(),
    )  # fmt: skip
    waiting = places.bare_centre(t.hospital, name="老港", now=t.now)
    institutions.file_mode(organisation=waiting, mode="home_bed", note="已配备护士 6 名。", by=places.SETUP, now=t.now)
    for kind in ("nursing", "privacy"):
        institutions.publish_rule_set(
            organisation=t.centre, kind=kind, text="第一条 上门前核对身份。\n\n第二条 发现异常立即停止操作并报告。",
            effective_on=date(2026, 1, 1), by=places.SETUP, now=t.now,
        )  # fmt: skip


def deliver_all() -> None:
    """As if the workers had nothing left to do."""
    while delivery.sweep(older_than=-timedelta(days=1)):
        pass
