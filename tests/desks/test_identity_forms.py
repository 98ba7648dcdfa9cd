"""Every kind of number that people and institutions bear goes through its form and is judged beside its field."""

import json
import re
from abc import ABC, abstractmethod
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.roles import Role
from institutions.models import Licence, Profile
from kernel import identity
from nurses.models import Nurse
from tests.world import persons, places

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(八)", "003 二(一)1一", "002 五(二)1", "002 五(二)2")]

DATA = json.loads((Path(__file__).parents[1] / "data" / "identity_vectors.json").read_text(encoding="utf-8"))
AS_OF = date.fromisoformat(DATA["as_of"])


class Form(ABC):
    """One form: who sends it, under which field the number stands, and what is kept of it."""

    field = ""

    def __init__(self, now):
        self.now = now
        self.person = Client()

    @abstractmethod
    def send(self, vector, n):
        """Send the form with the number, as the n-th of this desk; the answer is Django's."""

    def judged(self, vector):
        return identity.check(vector["kind"], vector["value"], today=AS_OF)

    def kept(self):
        """The number as it rests afterwards; ``None`` where it does not rest readably."""
        return None


class FamilyPaper(Form):
    field = "identity_number"

    def __init__(self, now):
        super().__init__(now)
        self.person.force_login(places.person("何新"))

    def send(self, vector, n):
        self.person.post(reverse("family:apply", args=["whom"]), {"whom": "new"})
        said = {"relation": "女儿", "name": "林秀英"}
        said |= {"identity_kind": vector["kind"], "identity_number": vector["value"]}
        return self.person.post(reverse("family:apply", args=["person"]), said)


class FamilyPhone(FamilyPaper):
    field = "phone"

    def __init__(self, now):
        super().__init__(now)
        own = {"kind": "resident_id", "value": persons.citizen_number(401)}
        super().send(own, 0)

    def send(self, vector, n):
        return self.person.post(reverse("family:apply", args=["contact"]), {"phone": vector["value"]})

    def judged(self, vector):
        """One field takes both kinds of telephone: a landline is refused as a mobile number only."""
        landline = identity.check("landline", vector["value"], today=AS_OF)
        return landline if landline.ok else identity.check("mobile", vector["value"], today=AS_OF)


class CentreForm(Form):
    """A form of the centre's administrator."""

    def __init__(self, now):
        super().__init__(now)
        self.centre = places.centre(places.district(now), now=now)
        self.person.force_login(places.post(self.centre, Role.CENTRE_ADMIN, now=now).user)


class CreditCode(CentreForm):
    field = "uscc"

    def send(self, vector, n):
        said = {"supervision_phone": "021-58880000", "responsible_department": "护理部", "responsible_person": "周敏"}
        said |= {"platform_kind": "own", "uscc": vector["value"]}
        return self.person.post(reverse("centre:filing_record", args=["profile"]), said, follow=True)

    def kept(self):
        return Profile.objects.get(organisation=self.centre).uscc


class LicenceNumber(CentreForm):
    field = "number"

    def send(self, vector, n):
        said = {"number": vector["value"], "scope": "全科医疗科", "issued_on": "2023-01-01", "expires_on": "2027-12-31"}
        return self.person.post(reverse("centre:filing_record", args=["licence"]), said, follow=True)

    def kept(self):
        return Licence.objects.filter(organisation=self.centre).latest("pk").number


class NurseCertificate(CentreForm):
    field = "certificate_number"

    def send(self, vector, n):
        said = {
            "username": f"nurse-{n}", "display_name": "徐燕", "password": "shangmen-huli-2026", "sex": "female",
            "certificate_number": vector["value"], "certificate_expires_on": AS_OF + timedelta(days=400),
            "title": "practitioner", "clinical_since": AS_OF - timedelta(days=9 * 365), "kind": "filed",
            "starts_on": AS_OF,
        }  # fmt: skip
        return self.person.post(reverse("centre:credentials_new"), said, follow=True)

    def kept(self):
        return Nurse.objects.latest("pk").certificate_number


FORMS = {
    **dict.fromkeys(identity.DOCUMENT_KINDS, FamilyPaper),
    "mobile": FamilyPhone,
    "landline": FamilyPhone,
    "uscc": CreditCode,
    "licence_no": LicenceNumber,
    "nurse_cert": NurseCertificate,
}


@pytest.fixture
def as_of(monkeypatch, settings):
    """The day on which the vectors are to be judged."""
    settings.SESSION_COOKIE_AGE = 400 * 24 * 3600
    at = timezone.make_aware(datetime.combine(AS_OF, time(9)))
    monkeypatch.setattr(timezone, "now", lambda: at)
    return at


def test_no_kind_of_number_is_without_a_form():
    assert {one["kind"] for one in DATA["vectors"]} <= FORMS.keys()
    assert len(DATA["vectors"]) == 70


@pytest.mark.parametrize("form", sorted(set(FORMS.values()), key=lambda form: form.__name__))
def test_every_number_sent_by_its_form_is_taken_or_refused_with_its_own_sentence_beside_the_field(as_of, form):
    form, wrong = form(as_of), {}
    for n, vector in enumerate(one for one in DATA["vectors"] if FORMS[one["kind"]] is type(form)):
        verdict = form.judged(vector)
        answer = form.send(vector, n)
        page = answer.content.decode()
        if verdict.ok:
            staff = isinstance(form, CentreForm)
            right = answer.status_code == (200 if staff else 302) and form.kept() in (None, verdict.value)
            right = right and (not staff or not verdict.warning or escape(verdict.warning) in page)
        else:
            found = re.search(rf'<div class="err" id="\w*{form.field}_error">(.*?)</div>', page, re.DOTALL)
            beside = found[1] if found else ""
            said = escape(verdict.message) if vector["value"].strip() else "请填写"
            right = answer.status_code == 422 and said in beside and escape(vector["value"]) in page
        if not right or (vector["ok"] and not verdict.ok):
            wrong[vector["kind"], vector["value"]] = (answer.status_code, verdict.message or verdict.warning)

    assert wrong == {}


def test_a_credit_code_is_shown_to_the_public_and_an_ill_formed_one_never_rests(as_of):
    form = CreditCode(as_of)
    form.send({"value": " 12310199 0000 00000k "}, 0)

    assert form.kept() == "12310199000000000K"
    assert "12310199000000000K" in Client().get(reverse("public:home")).content.decode()
    with pytest.raises(IntegrityError, match="profile_uscc_well_formed"), transaction.atomic():
        Profile.objects.filter(organisation=form.centre).update(uscc="12310199I00000000K")
