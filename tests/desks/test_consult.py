"""The pages of a consult: the family asks with a picture, the nurse answers, and one press begins the application."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.roles import Role
from consults import services
from consults.lifecycle import ConsultStatus as C
from consults.models import Consult
from patients import selectors as patients
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.world import traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("000 四(十一)")]

WORDS = "换药后伤口周围有点红，要紧吗？"


@pytest.fixture
def t():
    made = offices.town()
    made.now = timezone.now()
    return made


def ask(t):
    return services.ask(patient=t.patient, centre=t.centre, words=WORDS, by=t.actor(Role.PROXY), now=timezone.now())


def photo():
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(data, "JPEG")
    return SimpleUploadedFile("a.jpg", data.getvalue(), content_type="image/jpeg")


def test_the_family_asks_with_a_picture_and_the_nurse_sees_both(t):
    family, nurse = client(t, Role.PROXY), client(t, Role.NURSE)
    assert "还没有咨询过" in text(family.get(reverse("family:consults")))

    sent = family.post(reverse("family:consult_new"), {"whom": str(t.patient.pk), "words": WORDS, "picture": photo()})

    row = Consult.objects.get()
    assert sent.url == reverse("family:consult", args=[row.number])
    assert t.patient.name in text(nurse.get(reverse("nurse:consults")))
    assert WORDS in text(nurse.get(reverse("nurse:consult", args=[row.number])))
    said = row.sayings.get()
    before = traces.events().filter(action="patients.upload_shown").count()
    for browser, space in ((family, "family"), (nurse, "nurse")):
        picture = browser.get(reverse(f"{space}:consult_picture", args=[row.number, said.pk]))
        assert picture.headers["Content-Type"] == "image/jpeg"
    assert traces.events().filter(action="patients.upload_shown").count() == before + 2


def test_an_emergency_is_answered_with_120(t):
    sent = client(t, Role.PROXY).post(
        reverse("family:consult_new"), {"whom": str(t.patient.pk), "words": "突然胸痛得厉害"}
    )

    assert sent.status_code == 422
    assert "请先拨打 120" in text(sent)
    assert not Consult.objects.exists()


def test_what_is_missing_is_said_and_what_was_typed_stays(t):
    family, url = client(t, Role.PROXY), reverse("family:consult_new")

    empty = family.post(url, {"whom": str(t.patient.pk), "words": ""})
    assert empty.status_code == 422
    ask(t)
    second = family.post(url, {"whom": str(t.patient.pk), "words": "另一个问题想问"})

    assert second.status_code == 422
    assert "还有没结束的咨询" in text(second)
    assert "另一个问题想问" in text(second)
    fake = family.post(
        url, {"whom": str(t.patient.pk), "words": WORDS, "picture": SimpleUploadedFile("a.jpg", b"no picture")}
    )
    assert fake.status_code == 422


def test_the_nurse_answers_and_the_family_reads_it(t):
    row = ask(t)
    nurse, family = client(t, Role.NURSE), client(t, Role.PROXY)
    url = reverse("nurse:consult_step", args=[row.number, "answer"])

    refused = nurse.post(url, {"words": "", "version": row.version})
    assert refused.status_code == 422
    assert "请写下答复" in text(refused)
    assert nurse.post(url, {"words": "先观察一天。", "version": row.version}).status_code == 302

    assert "先观察一天。" in text(family.get(reverse("family:consult", args=[row.number])))
    again = family.post(reverse("family:consult_add", args=[row.number]), {"words": "还是有点红"})
    assert again.status_code == 302
    row.refresh_from_db()
    assert row.status == C.WAITING


@pytest.mark.clause("004 二(二)")
def test_one_press_begins_the_application_with_what_is_known(t):
    row = ask(t)
    family = client(t, Role.PROXY)

    pressed = family.post(reverse("family:consult_apply", args=[row.number]))

    assert pressed.url == reverse("family:apply", args=["wish"])
    assert WORDS in text(family.get(pressed.url))
    draft = patients.draft(user_id=t.users[Role.PROXY].pk, now=timezone.now())
    assert (draft["patient"], draft["centre"]) == (str(t.patient.pk), t.centre.pk)


def test_others_do_not_find_it(t):
    row = ask(t)

    for role, route in (
        (Role.SUPERVISOR, "nurse:consults"), (Role.DISPATCHER, "nurse:consults"), (Role.NURSE, "family:consults"),
    ):  # fmt: skip
        assert client(t, role).get(reverse(route)).status_code == 403
    nurse = client(t, Role.NURSE)
    assert nurse.get(reverse("nurse:consult", args=["Z00000000000"])).status_code == 404
    assert nurse.post(reverse("nurse:consult_step", args=[row.number, "nonsense"])).status_code == 404
    assert nurse.get(reverse("nurse:consult_picture", args=[row.number, 1])).status_code == 404


def test_lists_cost_the_same_with_one_question_and_with_many(t):
    nurse, family = client(t, Role.NURSE), client(t, Role.PROXY)
    ask(t)
    before = count(nurse, reverse("nurse:consults")), count(family, reverse("family:consults"))
    for _ in range(12):
        offices.another_patient(t)
        ask(t)

    assert count(nurse, reverse("nurse:consults")) == before[0]
    assert count(family, reverse("family:consults")) == before[1]
    assert timedelta(0) < Consult.objects.first().answer_by - t.now
