"""At the desk a name that was written down wrongly is put right, and what the police or a face service said is kept."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from orders.lifecycle import RequestStatus as Q
from patients import gateways, privacy, selectors
from patients.gateways import Comparison
from tests import world
from tests.desks import offices
from tests.desks.offices import text
from tests.world import persons, places, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(八)")]
RIGHT = persons.citizen_number(499, born=date(1944, 1, 9), sex="male")
DOCUMENT = {
    "name": "沈玉南", "identity_kind": "resident_id", "identity_number": RIGHT, "birth_date": "", "sex": "",
    "reason": "登记时看错证件",
}  # fmt: skip
ANSWERED = {"kind": "police", "passed": "yes", "source": "派出所户籍窗口", "note": "回执 20261123-17"}


@pytest.fixture
def t():
    return offices.town()


@pytest.fixture
def desk(t):
    return offices.client(t, Role.DISPATCHER)


@pytest.fixture
def row(t):
    return world.request(t, Q.RECEIVED)


def at(row, name):
    return reverse("dispatch:request_identity", args=[row.number, name])


def standing(t):
    return selectors.identity_standing(world.fresh(t.patient))


def test_a_name_and_number_that_were_written_down_wrongly_are_put_right_and_checked_anew(t, desk, row):
    desk.post(at(row, "compared"), ANSWERED)
    assert standing(t).seen

    done = desk.post(at(row, "correct"), DOCUMENT, follow=True)

    person = world.fresh(t.patient)
    assert (person.name, person.sex, person.birth_date) == ("沈玉南", "male", date(1944, 1, 9))
    assert privacy.identity_number(person) == RIGHT
    assert not standing(t).seen
    assert "姓名和证件已更正。以前的核对不再算数，请重新核对证件原件。" in text(done)
    assert "沈玉南的服务申请" in text(done)
    event = traces.act("patients.identity_corrected")
    assert (event.reason, event.role, RIGHT in str(event.data)) == ("登记时看错证件", Role.DISPATCHER, False)


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"identity_number": RIGHT[:-1]}, "identity_number", "18"),
        ({"name": " "}, "name", "请填写姓名。"),
        ({"reason": ""}, "reason", "请填写原因。"),
        ({"birth_date": "昨天"}, "birth_date", "日期"),
        ({"birth_date": "1950-01-01"}, "birth_date", "出生日期与证件号码不一致"),
        ({"identity_kind": "passport", "identity_number": "E12345678"}, "birth_date", "请填写出生日期"),
        ({"identity_kind": "library"}, "identity_kind", "请选择证件类型"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field_and_what_was_typed_stays(t, desk, row, changed, field, said):
    was = world.fresh(t.patient).name

    page = desk.post(at(row, "correct"), {**DOCUMENT, **changed})

    form = page.context["document"]["correct"]
    assert page.status_code == 422
    assert said in "".join(form.errors[field])
    assert form["name"].value() == {**DOCUMENT, **changed}["name"]
    assert world.fresh(t.patient).name == was


def test_the_number_of_somebody_else_is_refused_and_says_whose_record_it_is(t, desk, row):
    other = persons.patient(name="李桂芳")

    page = desk.post(at(row, "correct"), {**DOCUMENT, "identity_number": privacy.identity_number(other)})

    assert "这个证件号码已登记" in "".join(page.context["document"]["correct"].errors["identity_number"])


@pytest.mark.clause("004 三(八)")
def test_what_the_police_counter_said_is_registered_with_its_reference(t, desk, row):
    assert not standing(t).seen

    done = desk.post(at(row, "compared"), ANSWERED, follow=True)

    found = standing(t).compared
    assert (found.kind, found.passed, found.source, found.note) == (
        "police", True, "派出所户籍窗口", "回执 20261123-17"
    )  # fmt: skip
    assert standing(t).seen
    assert "信息比对" in text(done)
    desk.post(at(row, "compared"), {**ANSWERED, "kind": "face", "passed": "no", "note": "照片不是本人"})
    assert not standing(t).seen
    assert "不一致：照片不是本人" in text(desk.get(reverse("dispatch:request", args=[row.number])))


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"kind": ""}, "kind"), ({"kind": "original"}, "kind"), ({"passed": ""}, "passed"), ({"note": ""}, "note"),
     ({"source": " "}, "source")],
)  # fmt: skip
def test_a_comparison_without_kind_result_way_or_reference_proves_nothing(t, desk, row, changed, field):
    page = desk.post(at(row, "compared"), {**ANSWERED, **changed})

    assert page.status_code == 422
    assert page.context["document"]["compared"].errors[field]
    assert standing(t).compared is None


class Police:
    def compare(self, *, name, kind, number):
        return Comparison(state="matched", source="公安比对服务", evidence="回执 18")


def test_a_connected_service_is_asked_with_one_press_and_without_one_nobody_is_promised_an_answer(
    t, desk, row, monkeypatch
):
    page = reverse("dispatch:request", args=[row.number])
    assert "联网比对" not in text(desk.get(page))
    by_hand = desk.post(at(row, "ask"))
    assert by_hand.status_code == 409 or by_hand.status_code == 422
    assert "请人工比对后登记结果" in text(by_hand)

    monkeypatch.setattr(gateways, "authority", Police)
    assert "联网比对" in text(desk.get(page))
    desk.post(at(row, "ask"))

    assert (standing(t).compared.source, standing(t).seen) == ("公安比对服务", True)


def test_nobody_else_and_no_other_centre_puts_anything_right(t, row):
    elsewhere = Client()
    away = places.centre(t.district, (places.LUJIAZUI,), name="陆家嘴")
    elsewhere.force_login(places.post(away, Role.DISPATCHER).user)
    for client in (elsewhere, offices.client(t, Role.PROXY), offices.client(t, Role.NURSE)):
        assert client.post(at(row, "correct"), DOCUMENT).status_code in (403, 404)
    assert offices.client(t, Role.DISPATCHER).post(at(row, "guess"), DOCUMENT).status_code == 404
    assert world.fresh(t.patient).name != "沈玉南"
