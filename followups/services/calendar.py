"""The working calendar: the commission sets a day, or lets the published calendar stand again."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import Organization
from accounts.roles import Role
from audit.services import recording
from followups.lifecycle import FILE
from followups.models import WorkCalendarDay
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, hidden


def set_calendar_day(
    *, district: Organization, day: date, works: bool, name: str, reason: str, by: Actor, now: datetime
) -> WorkCalendarDay:
    """
    Say that a day is worked or not, against the published calendar. Follow-ups planned before keep their days.

    :raises kernel.refusals.Refused: not this actor's district, or no name or reason
    """
    _demand(district, by)
    found = []
    if not name.strip():
        found.append(Refusal("calendar.name", "请写明是什么日子，例如国庆节调休上班。", FILE, "name"))
    if not reason.strip():
        found.append(Refusal("reason.missing", "请写明依据或原因，会写入留痕。", FILE, "reason"))
    if found:
        raise Invalid(*found)
    with transaction.atomic():
        row = WorkCalendarDay.objects.select_for_update().filter(district=district, day=day).first()
        row = row or WorkCalendarDay(district=district, day=day)
        row.works, row.name, row.reason = works, name.strip()[:40], reason.strip()[:200]
        row.set_by_id, row.set_at = by.account, now
        with recording(
            "followups.calendar_set", target=row, by=by, now=now, reason=row.reason, organisation_id=district.pk
        ) as entry:
            row.save()
            entry.data.update({"day": day, "works": works, "name": row.name})
    return row


def clear_calendar_day(*, pk: int, reason: str, by: Actor, now: datetime) -> date:
    """
    Let the published calendar stand again for the day.

    :raises kernel.refusals.Refused: not there or not this actor's, or no reason
    """
    with transaction.atomic():
        row = WorkCalendarDay.objects.select_for_update().select_related("district").filter(pk=pk).first()
        if row is None:
            raise hidden("这一天")
        _demand(row.district, by)
        if not reason.strip():
            raise Invalid(Refusal("reason.missing", "请写明依据或原因，会写入留痕。", FILE, "reason"))
        with recording(
            "followups.calendar_cleared", target=row, by=by, now=now, reason=reason.strip()[:200],
            organisation_id=row.district_id,
        ) as entry:  # fmt: skip
            entry.data["day"] = row.day
            row.delete()
    return row.day


def _demand(district: Organization, by: Actor) -> None:
    if district.pk not in by.orgs_as(Role.SUPERVISOR):
        raise hidden("这份工作日历")
