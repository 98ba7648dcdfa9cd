"""Builders that the tests of the office desks share."""

from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from orders.lifecycle import OrderStatus as S
from patients import services as patients
from tests import world
from tests.world import persons, places

NAMES = {
    Role.DISPATCHER: "周建国",
    Role.DOCTOR: "陈立群",
    Role.CENTRE_ADMIN: "欧阳明月",
    Role.REVIEWER: "许志远",
    Role.SUPERVISOR: "沈静",
    Role.QC_INSPECTOR: "高敏",
    Role.AUDITOR: "罗文",
}


def town():
    """A town of a morning nine o'clock, whose visits of the next day lie behind: pages read the real clock."""
    latest = timezone.localtime() - timedelta(days=1, hours=3)
    now = latest.replace(hour=9, minute=0, second=0, microsecond=0)
    if now > latest:
        now -= timedelta(days=1)
    made = world.town(now=now)
    for role, name in NAMES.items():
        made.users[role].display_name = name
    return made


def another_patient(t, **facts) -> None:
    """Somebody new to apply for, as a person has at most one waiting request."""
    t.patient = persons.patient(by=places.SETUP, now=t.now, **facts)
    patients.add_proxy(
        patient_id=t.patient.pk,
        user=t.users[Role.PROXY],
        relation="儿子",
        scopes=["apply", "sign", "manage"],
        expires_on=timezone.localdate(t.now) + timedelta(days=300),
        by=places.SETUP,
        now=t.now,
    )


def orders(t, n, at=S.AWAITING_CONSENT) -> None:
    for _ in range(n):
        another_patient(t)
        world.order(t, at=at, times=1)


def client(t, role) -> Client:
    return signed_in(t.users[role])


def signed_in(user) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


@contextmanager
def counted():
    """How many queries the block makes: ``with counted() as n: …; len(n)``."""
    with CaptureQueriesContext(connection) as queries:
        yield queries


def count(browser, url) -> int:
    """Queries of one page, asked twice so that nothing is counted that only the first page ever needs."""
    assert browser.get(url).status_code == 200
    with counted() as queries:
        browser.get(url)
    return len(queries)


def text(answer) -> str:
    return answer.content.decode()
