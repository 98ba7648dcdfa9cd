"""What an article and a course share: drafted, read by a second pair of eyes, published, replaced, withdrawn."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import Organization
from audit.door import Door
from education.lifecycle import READABLE, TAUGHT
from kernel.actors import Actor, system
from kernel.refusals import Refusal, Unmet, demand_words


@dataclass(frozen=True, slots=True)
class Papers:
    """
    One kind of paper and the verbs that take it on its way.

    ``judged`` returns what a paper holds or refuses it whole; ``more`` is what the trace is told of a new one besides.
    """

    door: Door
    model: Any
    clause: str
    judged: Callable[[str, dict], dict]
    more: Callable[[Any], dict] = lambda row: {}

    def write(self, *, district: Organization, code: str, by: Actor, now: datetime, receipt=None, **facts) -> Any:
        facts = self.judged(code, facts)
        row = self.model(district=district, code=code, written_by_id=by.account, written_at=now, **facts)

        def prepare(row, entry):
            Organization.objects.select_for_update(no_key=True).get(pk=district.pk)  # two who begin at once take turns
            known = self.model.objects.filter(district=district, code=code)
            row.edition = (known.aggregate(n=Max("edition"))["n"] or 0) + 1
            entry.data.update({"code": code, "edition": row.edition, **self.more(row)})

        return self.door.create("write", row, by=by, now=now, prepare=prepare, inputs={"code": code, **facts},
                                receipt=receipt)  # fmt: skip

    def change(self, pk: int, *, by: Actor, now: datetime, **given) -> Any:
        seen = {key: given.pop(key) for key in ("version", "receipt") if key in given}

        def change(row, entry):
            for name, value in self.judged(row.code, given).items():
                setattr(row, name, value)
            row.written_by_id, row.written_at = by.account, now
            row.reviewed_by = row.reviewed_at = None

        return self.door.take("change", pk, by=by, now=now, change=change, inputs=given, **seen)

    def review(self, pk: int, *, by: Actor, now: datetime, **seen) -> Any:
        def change(row, entry):
            if row.written_by_id == by.user_id:
                raise Unmet(Refusal("paper.four_eyes", "您是起草人，请由另一位审核。", TAUGHT))
            row.reviewed_by_id, row.reviewed_at = by.account, now

        return self.door.take("review", pk, by=by, now=now, change=change, **seen)

    def send_back(self, pk: int, *, reason: str, by: Actor, now: datetime, **seen) -> Any:
        demand_words(reason, "请写明需要修改的地方。", self.clause)

        def change(row, entry):
            row.reviewed_by = row.reviewed_at = None

        return self.door.take("send_back", pk, by=by, now=now, change=change, reason=reason.strip()[:300],
                              inputs={"reason": reason}, **seen)  # fmt: skip

    def publish(self, pk: int, *, by: Actor, now: datetime, **seen) -> Any:
        def change(row, entry):
            old = self.model.objects.filter(district=row.district_id, code=row.code, status__in=READABLE).first()
            if old:
                self.door.take("replace", old.pk, by=system("education.replace"), now=now)
            row.published_at = now
            entry.data.update({"code": row.code, "edition": row.edition})

        return self.door.take("publish", pk, by=by, now=now, change=change, **seen)

    def withdraw(self, pk: int, *, reason: str, by: Actor, now: datetime, **seen) -> Any:
        demand_words(reason, "请写明撤下的原因，会写入留痕。", self.clause)
        return self.door.take("withdraw", pk, by=by, now=now, reason=reason.strip()[:300],
                              inputs={"reason": reason}, **seen)  # fmt: skip

    def adopt(self, drafts, *, district: Organization, by: Actor, now: datetime) -> list:
        """Put the platform's own in, as far as the district has none of that name."""
        with transaction.atomic():
            known = set(self.model.objects.filter(district=district).values_list("code", flat=True))
            return [self.write(district=district, by=by, now=now, **one) for one in drafts if one["code"] not in known]
