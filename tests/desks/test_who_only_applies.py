"""Whoever only hands in applications follows how far they are, and reads nothing that was written about the care."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.roles import Role
from consults import selectors as consult_selectors
from consults import services as consults
from education import selectors as education
from education import services as teaching
from followups import selectors as followups
from kernel.refusals import Hidden, NotYours
from notifications.models import Message
from orders import services as orders
from patients import access
from patients import services as patients
from patients.models import Upload
from referrals import selectors as referred
from referrals import services as referrals
from tests import world
from tests.api.callers import caller
from tests.desks.offices import text
from tests.services.test_notifications import deliver_all
from tests.world import followups as made
from tests.world import persons, places
from tests.world import teaching as taught

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(八)", "003 二(六)20")]

SAID = "您的代办授权不包含「查看病情和护理内容」"
WORDS = "换药后伤口周围有点红，要紧吗？"


def helper(t, *scopes, relation="邻居"):
    user = places.person(f"帮忙的{'、'.join(scopes)}")
    persons.proxy_of(t.patient, world.SETUP, user, relation=relation, scopes=list(scopes))
    return user


def signed_in(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def url(name, *args):
    return reverse(f"family:{name}", args=args)


def photo(colour="white"):
    data = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(data, "PNG")
    return SimpleUploadedFile("a.png", data.getvalue(), content_type="image/png")


@pytest.fixture
def t(clock):
    """A patient of whom there is one of everything: a visit, an answer, a lesson, a question, a referral, a paper."""
    t = world.town()
    task = made.answered(t, made.FINE)
    t.order = task.plan.order
    t.order.refresh_from_db()
    t.later = t.order.finished_at
    t.task = task
    article = taught.article(t)
    (t.handout,) = teaching.hand_out(
        order_id=t.order.pk, article_ids=[article.pk], way="spoken", note="", by=t.actor(Role.NURSE), now=t.later
    )
    family = {"by": t.actor(Role.PROXY), "now": t.later}
    t.consult = consults.ask(patient=t.patient, centre=t.centre, words=WORDS, **family)
    t.referral = referrals.refer_up(
        patient=t.patient, centre=t.centre, reason="伤口感染", summary="请评估清创", consent_by="family",
        by=t.actor(Role.DOCTOR), now=t.later,
    )  # fmt: skip
    t.paper = patients.upload(patient_id=t.patient.pk, kind=Upload.Kind.RECORD, file=photo(), **family)
    patients.correct(patient_id=t.patient.pk, conditions="糖尿病足", allergies="青霉素", **family)
    deliver_all()
    t.applies = helper(t, "apply")
    return t


def shut(t):
    """Every page of the family that shows what was written about the care."""
    number = t.order.number
    return [
        url("evidence", number), url("signature", number, 1), url("copy", t.patient.pk), url("consult_new"),
        url("consult", t.consult.number), url("followup", t.task.pk), url("learn_one", t.handout.pk),
        url("referral", t.referral.number), url("paper", t.paper.pk),
        url("withdraw_consent", t.order.consent_id),
    ]  # fmt: skip


def test_the_pages_of_the_care_are_refused_with_the_reason(t):
    browser = signed_in(t.applies)

    for page in shut(t):
        answer = browser.get(page)
        assert answer.status_code == 403, page
        assert SAID in text(answer), page
    for page in ("confirm", "consent"):  # what is sent to a page that is not open to her shows nothing either
        answer = browser.post(url(page, t.order.number), {})
        assert (answer.status_code, SAID in text(answer)) == (403, True), page
    for page in ("consults", "followups", "learn", "referrals"):
        answer = text(browser.get(url(page)))
        assert t.consult.number not in answer
        assert t.referral.number not in answer
        assert t.handout.article.title not in answer
        assert url("followup", t.task.pk) not in answer


def test_she_follows_state_and_hours_and_no_page_leads_to_what_she_may_not_open(t):
    browser = signed_in(t.applies)
    pages = [
        url("home"), url("orders"), url("order", t.order.number), url("order_live", t.order.number),
        url("request", t.order.request.number), url("people"), url("data", t.patient.pk), url("papers", t.patient.pk),
        url("correct", t.patient.pk), url("looks", t.patient.pk),
    ]  # fmt: skip
    closed = [*shut(t), url("consults"), url("followups"), url("learn"), url("referrals")]

    for page in pages:
        answer = browser.get(page)
        assert answer.status_code == 200, page
        said = answer.content.decode()
        for secret in ("伤口清洁，已换药", "糖尿病足", "青霉素"):
            assert secret not in said, page
        assert [one for one in closed if f'href="{one}"' in said] == [], page
    order = text(browser.get(url("order", t.order.number)))
    assert "护理结束" in order
    assert "这里只显示办到哪一步和约定的时间" in order
    assert "服务记录" not in order
    assert "医生开具的护理项目" not in text(browser.get(url("request", t.order.request.number)))


def test_what_she_handed_in_herself_stays_open_to_her(t):
    browser = signed_in(t.applies)
    sent = browser.post(url("papers", t.patient.pk), {"kind": "record", "file": photo("red")})
    assert sent.status_code == 302

    mine = Upload.objects.get(uploaded_by=t.applies)

    assert url("paper", mine.pk) in browser.get(url("papers", t.patient.pk)).content.decode()
    assert browser.get(url("paper", mine.pk)).status_code == 200
    assert browser.post(url("correct", t.patient.pk), {"contact_name": "沈佳", "phone": ""}).status_code == 302
    t.patient.refresh_from_db()
    assert (t.patient.contact_name, t.patient.conditions, t.patient.allergies) == ("沈佳", "糖尿病足", "青霉素")


def test_the_interface_says_no_more_than_the_pages(t):
    here = caller(t.applies)
    number = t.order.number

    for path in (
        f"records/{number}/", f"prescriptions/{t.order.prescription.number}/", f"orders/{number}/fhir/",
        f"uploads/{t.paper.pk}/",
    ):  # fmt: skip
        answer = here.ask(path)
        assert answer.status_code == 403, path
        assert answer.json()["code"] == "proxy.scope", path
        assert SAID in answer.json()["message"], path
    order = here.ask(f"orders/{number}/").json()
    assert (order["number"], order["status"], order["items"]) == (number, t.order.status, [])
    assert order["planned_start"]
    person = here.ask(f"patients/{t.patient.pk}/").json()
    assert (person["name"], person["conditions"], person["allergies"]) == (t.patient.name, "", "")
    assert here.ask("consents/").json()["results"] == []
    assert here.ask(f"requests/{t.order.request.number}/").status_code == 200


def test_no_verb_and_no_read_lets_her_past(t):
    her = persons.family(t.applies)
    act = {"by": her, "now": t.later}

    for reading in (
        lambda: consult_selectors.consult(actor=her, number=t.consult.number),
        lambda: followups.task(actor=her, pk=t.task.pk),
        lambda: education.handout(actor=her, pk=t.handout.pk),
        lambda: referred.referral(actor=her, number=t.referral.number),
        lambda: patients.export(patient_id=t.patient.pk, **act),
        lambda: patients.show_upload(upload_id=t.paper.pk, reason="看看", **act),
        lambda: orders.export_evidence(order_id=t.order.pk, reason="自己或家人留存", **act),
        lambda: consults.ask(patient=t.patient, centre=t.centre, words=WORDS, **act),
        lambda: consults.add(consult_id=t.consult.pk, words=WORDS, **act),
        lambda: teaching.note_read(handout_id=t.handout.pk, clear=True, **act),
    ):
        with pytest.raises(NotYours) as no:
            reading()
        assert (no.value.code, no.value.sentence.startswith(SAID)) == ("proxy.scope", True)
    stranger = persons.family(places.person("路人"))
    with pytest.raises(Hidden):
        consult_selectors.consult(actor=stranger, number=t.consult.number)
    assert access.read_by_family(her) == frozenset()


@pytest.mark.parametrize("scope", ["sign", "manage"])
def test_whoever_signs_or_decides_reads_on_as_before(t, scope):
    browser = signed_in(helper(t, "apply", scope))
    asked = browser.get(url("consult", t.consult.number))

    assert asked.status_code == 200
    assert WORDS in text(asked)
    assert "伤口清洁，已换药" in text(browser.get(url("order", t.order.number)))
    home = browser.get(url("home")).content.decode()
    assert all(url(page) in home for page in ("consults", "followups", "learn", "referrals"))
    opened = [
        url("evidence", t.order.number), url("copy", t.patient.pk), url("followup", t.task.pk),
        url("learn_one", t.handout.pk), url("referral", t.referral.number), url("paper", t.paper.pk),
    ]  # fmt: skip
    assert [browser.get(page).status_code for page in opened] == [200] * len(opened)


def test_no_message_calls_her_to_a_page_that_stays_shut(t):
    decides = helper(t, "apply", "manage")
    consults.answer(consult_id=t.consult.pk, words="先观察。", by=t.actor(Role.NURSE), now=t.later)
    deliver_all()

    told = Message.objects.filter(template="family.consult_answered").values_list("person", flat=True)
    assert decides.pk in told
    assert t.applies.pk not in told
