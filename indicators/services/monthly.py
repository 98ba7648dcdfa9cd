"""A month's figures of a district: reckoned from the rows, as often as one likes, with the same result."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Organization
from accounts.selectors import district_of, members_of_district
from audit.services import promise, recording
from indicators import access, measures, months
from indicators.definitions import DEFINITIONS, YES_NO
from indicators.models import Snapshot
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal

CLAUSE = "001 二(四)20"
NIGHT = timedelta(hours=2)
STILL_CHANGING = 3  # months back whose waits may have ended since
FIELDS = ["numerator", "denominator", "value", "parts", "source", "evidence", "batch", "recorded_by", "recorded_at"]


def compute_month(*, district: Organization, month: date, by: Actor, now: datetime) -> int:
    """
    Reckon every computed indicator of every organisation of a district for one month; how many values there are.

    What was entered by hand or from a file is left alone, unless the platform has learnt to count it since.

    :raises kernel.refusals.Refused: the district is not this actor's, or the month has not begun
    """
    access.demand_over(by, district, what="这个区的指标")
    if months.ends(month)[0] > now:
        raise Invalid(Refusal("indicator.month", "这个月份还没有开始，请选择已经开始的月份。", CLAUSE, "month"))
    members = {row.pk: row for row in members_of_district(root_id=district.pk)}
    rows = [one for code in DEFINITIONS for one in _values(code, members, month, now)]
    # Nothing is written where nothing has changed: reckoning again leaves no row in the trace.
    with recording("indicators.month_computed", target=district, by=by, now=now, organisation_id=district.pk) as entry:
        Organization.objects.select_for_update(no_key=True).get(pk=district.pk)
        changed = _changed(rows, members, month)
        Snapshot.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["organisation", "code", "month"], update_fields=FIELDS
        )
        entry.data.update({"month": f"{month:%Y-%m}", "values": len(rows), "changed": len(changed)})
        _promise(district.pk, months.after(month) if months.ends(month)[1] <= now else month)
    return len(rows)


def compute_months(*, district: Organization, last: date, by: Actor, now: datetime) -> None:
    """
    Reckon the month that is over, and those before it that may still have changed.

    A wait is counted in the month in which it began, and ends when somebody comes: often in the next one.

    :raises kernel.refusals.Refused: as for one month
    """
    for back in range(STILL_CHANGING, 0, -1):
        month = months.before(last, back)
        if Snapshot.objects.filter(organisation=district, month=month).exists():
            compute_month(district=district, month=month, by=by, now=now)
    compute_month(district=district, month=last, by=by, now=now)


def expect_month(*, organisation: Organization, now: datetime) -> None:
    """Promise that the present month is reckoned when it is over."""
    _promise(district_of(organisation).pk, months.month_of(timezone.localdate(now)))


def _promise(district_id, month):
    key = f"indicators.month:{district_id}:{month:%Y-%m}"
    over = months.ends(month)[1] + NIGHT
    promise(kind="indicators.month", key=key, object_id=district_id, due_at=over, payload={"month": f"{month:%Y-%m}"})


def _values(code, members, month, now):
    """The values of one indicator: of the centres that have rows, and of everybody above them, from the same parts."""
    meant, measure = DEFINITIONS[code], measures.measure_of(code)
    if measure is None:
        return []
    total: defaultdict[int, list] = defaultdict(lambda: [Decimal(0), Decimal(0), defaultdict(int)])
    if meant.kind == YES_NO:  # no row at all is an answer too
        for pk, row in members.items():
            if row.kind in Organization.PROVIDERS:
                total[pk]
    for place, part in measures.sums(code, month=month, now=now).items():
        while place in members:
            here = total[place]
            here[0] += part.numerator
            here[1] += part.denominator
            for name, n in part.parts.items():
                here[2][name] += n
            place = members[place].parent_id
    return [
        Snapshot(
            organisation=members[place], code=code, month=month, numerator=n, denominator=d,
            value=meant.reckon(n, d), parts=dict(sorted(parts.items())), source=Snapshot.Source.COMPUTED,
            recorded_at=now,
        )
        for place, (n, d, parts) in total.items()
    ]  # fmt: skip


def _changed(rows, members, month):
    """The values that are new or others than before. Values behind which no row stands any more are taken back."""
    known = {
        (row.organisation_id, row.code): row for row in Snapshot.objects.filter(organisation__in=members, month=month)
    }
    ours = {(row.organisation_id, row.code) for row in rows}
    gone = [row.pk for key, row in known.items() if key not in ours and row.source == Snapshot.Source.COMPUTED]
    Snapshot.objects.filter(pk__in=gone).delete()
    return [row for row in rows if _said(row) != _said(known.get((row.organisation_id, row.code)))]


def _said(row):
    return row and (row.numerator, row.denominator, row.value, row.parts, row.source)
