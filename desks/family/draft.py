"""
An application that is not sent yet.

It is the account's, so that another phone goes on where this one stopped. It may hold an identity number, so it rests
sealed like the register itself, and it goes when it is sent.
"""

from datetime import date, datetime

from django.http import HttpRequest

from accounts.models import Organization
from catalog.models import Item
from desks.family import when
from institutions import selectors as institutions
from orders import returning
from patients import selectors as patients
from patients import services
from patients.models import Patient

# Six pages and a last look; papers may be added there. Who is on record is asked only what is new.
NEW = ("whom", "person", "birth", "contact", "address", "wish", "when")
KNOWN = ("whom", "address", "wish", "when")
# What stands on the last look and may be opened from there, though it is no question of the way.
BESIDE = ("papers",)
# The answer by which a question counts as answered.
ANSWER = {
    "whom": "whom", "person": "identity_number", "birth": "birth_date", "contact": "phone", "address": "centre",
    "wish": "wish", "when": "window",
}  # fmt: skip


class Draft:
    def __init__(self, request: HttpRequest, now: datetime):
        self._request, self._now = request, now
        self.said: dict = patients.draft(user_id=request.user.pk, now=now)

    def keep(self, **answers) -> None:
        self.said.update(answers)
        services.keep_draft(said=self.said, by=self._request.actor, now=self._now)

    def begin(self, **answers) -> None:
        """Start anew: another person has another address and other needs."""
        self.said = {}
        self.keep(**answers)

    def forget(self) -> None:
        self.said = {}
        services.forget_draft(by=self._request.actor, now=self._now)

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
        if step == "wish" and value and not self.said.get("patient"):
            return bool(self.said.get("group"))
        return when.still_ahead(value, now) if step == "when" and value else bool(value)

    def open_step(self, now: datetime) -> str | None:
        """The first question without an answer."""
        return next((step for step in self.way if not self.answered(step, now)), None)

    def patient(self, actor) -> Patient | None:
        pk = self.said.get("patient")
        return patients.household(actor).filter(pk=pk).first() if pk else None

    def items(self) -> list[Item]:
        return list(Item.objects.filter(pk__in=self.said.get("items", [])))

    def return_on(self) -> date | None:
        """The day of return, while something that was chosen takes a specimen."""
        said = self.said.get("return_on")
        return date.fromisoformat(said) if said and returning.samples(self.items()) else None

    def centre(self) -> Organization | None:
        pk = self.said.get("centre")
        return Organization.objects.select_related("parent__parent").filter(pk=pk).first() if pk else None


def centre_for(town_code: str, on: date) -> Organization | None:
    """The institution that may serve an address in the town, whichever commission it belongs to."""
    commissions = Organization.objects.filter(kind=Organization.Kind.COMMISSION).order_by("pk")
    for commission in commissions:
        if found := institutions.centre_for_town(commission.pk, town_code, on):
            return found[0]
    return None
