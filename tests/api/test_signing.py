"""Through the API too a signature is the person's: neither an old token nor an open browser signs by itself."""

import pytest
from django.utils import timezone

from accounts.roles import Role
from orders.lifecycle import RequestStatus
from tests import world
from tests.api.callers import PASSWORD, Caller, caller, signed_in
from tests.api.test_errors_shape import refused
from tests.world.traces import act

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(七)1(3)")]


def in_a_browser(user):
    """The same person with the session of a browser, which has been open for a while."""
    user.set_password(PASSWORD)
    user.save()
    client = Caller()
    client.force_login(user)
    return client


def by_token(user):
    return signed_in(user)


@pytest.mark.parametrize("enter", [by_token, in_a_browser])
def test_an_assessment_is_signed_with_the_password_when_it_was_given_long_ago(town, clock, enter):
    row = world.request(town, at=RequestStatus.ASSESSING)
    world.examine(town, row)
    doctor = enter(town.users[Role.DOCTOR])
    clock.turn(minutes=31)
    address = f"assessments/{row.assessment.pk}/steps/sign/"

    nothing = doctor.send(address, {"valid_days": 90})
    wrong = doctor.send(address, {"valid_days": 90, "password": "Hu-Dao-Jia-2025"})
    row.assessment.refresh_from_db()
    unsigned = row.assessment.signed_at
    right = doctor.send(address, {"valid_days": 90, "password": PASSWORD})

    body = refused(nothing, 422, "sign.password")
    assert body["field_errors"] == {"password": ["请输入登录密码，再签名。"]}
    assert body["clause"] == "002 五(七)1(3)"
    assert refused(wrong, 422, "sign.password")["message"] == "密码不对，还没有签名，请再输一遍。"
    assert "Hu-Dao-Jia" not in wrong.content.decode()
    assert unsigned is None
    assert right.status_code == 200, right.content.decode()
    assert right.json()["status"] == "signed"
    row.assessment.refresh_from_db()
    assert row.assessment.signed_at == timezone.now()
    assert PASSWORD not in str(act("clinical.assessment_signed"))


def test_a_token_taken_a_moment_ago_signs_without_asking_again(town, clock):
    row = world.request(town, at=RequestStatus.ASSESSING)
    world.examine(town, row)
    doctor = signed_in(town.users[Role.DOCTOR])
    clock.turn(minutes=29)

    answer = doctor.send(f"assessments/{row.assessment.pk}/steps/sign/", {"valid_days": 90})

    assert answer.status_code == 200, answer.content.decode()


def test_a_prescription_asks_like_an_assessment_and_a_stranger_is_turned_away_by_the_step(town, clock):
    row = world.request(town, at=RequestStatus.ASSESSING)
    doctor, nurse = signed_in(town.users[Role.DOCTOR]), caller(town.users[Role.NURSE])
    clock.turn(minutes=31)
    address = f"requests/{row.number}/steps/prescribe/"
    wish = {
        "lines": [{"item": town.item(14).pk, "times": 1, "frequency": "once"}],
        "valid_until": timezone.localdate(town.now).isoformat(),
    }

    refused(doctor.send(address, wish), 422, "sign.password")
    refused(doctor.send(address, {**wish, "password": PASSWORD}), 422, "assessment.unsigned")
    refused(nurse.send(address, wish), 404, "not_found")
