"""
An application that is not sent yet.

It rests in the signed-in session, which is a row of the database. It may hold an identity number, so it rests sealed
like the register itself, and it goes when it is sent or when the session ends.
"""

import base64
import binascii
import json
from datetime import date, datetime

from cryptography.exceptions import InvalidTag
from django.http import HttpRequest

from accounts.models import Organization
from desks.family import when
from institutions import selectors as institutions
from patients import privacy
from patients import selectors as patients
from patients.models import Patient

KEY = "family_application"
NEW = ("whom", "person", "birth", "contact", "group", "address", "wish", "when", "papers")
KNOWN = ("whom", "address", "wish", "when", "papers")
# The answer by which a question counts as answered.
ANSWER = {
    "whom": "whom", "person": "identity_number", "birth": "birth_date", "contact": "phone", "group": "group",
    "address": "centre", "wish": "wish", "when": "window", "papers": "papers",
}  # fmt: skip


class Draft:
    def __init__(self, request: HttpRequest):
        self._session = request.session
        self._about = f"family.draft:{request.user.pk}"
        self.said: dict = self._opened()

    def keep(self, **answers) -> None:
        self.said.update(answers)
        sealed = privacy.keyring().seal(json.dumps(self.said, ensure_ascii=False), about=self._about)
        self._session[KEY] = base64.b64encode(sealed).decode()

    def begin(self, **answers) -> None:
        """Start anew: another person has another address and other needs."""
        self.said = {}
        self.keep(**answers)

    def forget(self) -> None:
        self.said = {}
        self._session.pop(KEY, None)

    @property
    def way(self) -> list[str]:
        """The questions of this application, in order."""
        if self.said.get("patient") and not self.said.get("registered"):
            return [
                step for step in KNOWN if step != "address" or self.said.get("moved") or not self.said.get("centre")
            ]
        way = [step for step in NEW if step != "birth" or self.said.get("asks_birth")]
        if self.said.get("registered"):  # on record meanwhile: who it is is no longer a question
            way = [step for step in way if step not in {"person", "birth", "contact"}]
        return way

    def answered(self, step: str, now: datetime) -> bool:
        value = self.said.get(ANSWER[step])
        return when.still_ahead(value, now) if step == "when" and value else bool(value)

    def open_step(self, now: datetime) -> str | None:
        """The first question without an answer."""
        return next((step for step in self.way if not self.answered(step, now)), None)

    def patient(self, actor) -> Patient | None:
        pk = self.said.get("patient")
        return patients.household(actor).filter(pk=pk).first() if pk else None

    def centre(self) -> Organization | None:
        pk = self.said.get("centre")
        return Organization.objects.select_related("parent__parent").filter(pk=pk).first() if pk else None

    def _opened(self) -> dict:
        kept = self._session.get(KEY)
        if not kept:
            return {}
        try:
            return json.loads(privacy.keyring().open(base64.b64decode(kept), about=self._about))
        except (InvalidTag, ValueError, KeyError, binascii.Error):
            return {}  # sealed under a key that is gone: better asked again than guessed


def centre_for(town_code: str, on: date) -> Organization | None:
    """The institution that may serve an address in the town, whichever commission it belongs to."""
    commissions = Organization.objects.filter(kind=Organization.Kind.COMMISSION).order_by("pk")
    for commission in commissions:
        if found := institutions.centre_for_town(commission.pk, town_code, on):
            return found[0]
    return None
