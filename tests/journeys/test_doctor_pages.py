"""Every page of the doctor's desk on a tablet, in a real browser: looked at, read by axe, kept as a picture."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from orders.lifecycle import RequestStatus as Q
from patients import services as patient_services
from tests import world
from tests.journeys.people import PASSWORD, TABLET, Album, Person
from tests.world import chain, persons


@pytest.fixture
def town(transactional_db):
    """A town as it stood at the last nine o'clock, with a doctor who can log in."""
    town = world.town(now=world.last_nine())
    user = town.users[Role.DOCTOR]
    user.set_password(PASSWORD)
    user.save()
    return town


def another(town, name, **facts):
    patient = persons.patient(by=world.SETUP, now=town.now, name=name, **facts)
    patient_services.add_proxy(
        patient_id=patient.pk, user=town.users[Role.PROXY], relation="女儿", scopes=["apply", "sign", "manage"],
        expires_on=town.now.date() + timedelta(days=300), by=world.SETUP, now=town.now,
    )  # fmt: skip
    town.patient = patient


def assessed(town, name, result):
    another(town, name)
    row = world.request(town, Q.ASSESSING)
    chain.assess(town, row, result)
    return world.fresh(row)


@pytest.mark.browser
def test_every_page_of_the_desk_can_be_looked_at(browser, asgi_server, town):
    doctor = Person(browser, Album("doctor"), asgi_server, TABLET, town.users[Role.DOCTOR].username)
    doctor.sign_in()
    doctor.look("todo-empty")
    doctor.open("/doctor/assessed/")
    doctor.look("assessed-empty")

    another(
        town, "阿卜杜拉木·买买提吐尔逊", allergies="青霉素、碘伏、含酒精的消毒剂", conditions="脑梗死后遗症、2 型糖尿病"
    )
    row = world.request(town, Q.ASSESSING, numbers=(14, 3))
    suitable, unsuitable, refer = (
        assessed(town, name, result)
        for name, result in (("王桂芳", "suitable"), ("李国强", "unsuitable"), ("赵秀英", "refer"))
    )
    another(town, "周建华")
    prescribed = world.request(town, Q.PRESCRIBED)
    doctor.open("/doctor/todo/")
    doctor.look("todo")
    doctor.open("/doctor/assessed/")
    doctor.look("assessed")
    for name, other in (("suitable", suitable), ("unsuitable", unsuitable), ("refer", refer)):
        doctor.open(f"/doctor/assess/{other.assessment_id}/outcome/")
        doctor.look(f"outcome-{name}")
    doctor.open(f"/doctor/assess/{suitable.assessment_id}/check/")
    doctor.look("check-signed")
    doctor.open(f"/doctor/requests/{prescribed.number}/")
    doctor.look("request-prescribed")
    doctor.open(f"/doctor/orders/{prescribed.orders.get().number}/consent/")
    doctor.look("consent")

    on_the_way_and_at_the_bedside(doctor, row)
    assert doctor.wrong == []


def on_the_way_and_at_the_bedside(doctor, row):
    doctor.open(f"/doctor/assess/{row.assessment_id}/")
    doctor.look("planned")
    doctor.press("出发前往")
    doctor.look("on-the-way")
    doctor.press("登记到达")
    doctor.look("section-disease")
    doctor.open(f"/doctor/assess/{row.assessment_id}/fall/")
    for question, points in (("history", 25), ("second", 15), ("aid", 0), ("drip", 0), ("gait", 20), ("mental", 0)):
        doctor.tick_value(question, points)
    doctor.sees("总分 60 分")
    doctor.sees("高风险")
    doctor.look("section-fall")
    doctor.press("保存，下一部分")
    doctor.at("/braden/")
    doctor.open(f"/doctor/assess/{row.assessment_id}/check/")
    doctor.sees("没有填完")
    doctor.look("check-incomplete")
