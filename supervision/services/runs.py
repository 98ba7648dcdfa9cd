"""Running the checks: what each found is kept for the trend, what is new becomes a finding, what is gone is closed."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from audit.services import promise, recording
from kernel.actors import Actor, system
from kernel.refusals import hidden
from supervision import asking
from supervision.checks import CHECKS, Check
from supervision.doors import FINDINGS
from supervision.lifecycle import EXCUSED, GONE, LIVE
from supervision.models import CheckRun, Finding

CHECKER = system("supervision.checks")


def plan_nightly(*, by: Actor, now: datetime) -> int:
    """Promise tonight's run for every district, once for each day. Returns for how many."""
    districts = Organization.objects.filter(kind=Organization.Kind.COMMISSION).order_by("pk")
    for district in districts:
        with recording("supervision.checks_asked", target=district, by=by, now=now, organisation_id=district.pk):
            _promise(district, f"{timezone.localdate(now):%Y%m%d}", now)
    return len(districts)


def ask_for_checks(*, district_id: int, by: Actor, now: datetime) -> Organization:
    """
    Have the checks run at once, by one press.

    :raises kernel.refusals.Hidden: not this actor's district
    """
    district = Organization.objects.filter(pk=district_id, kind=Organization.Kind.COMMISSION).first()
    if district is None or district.pk not in by.orgs_as(Role.SUPERVISOR, Role.QC_INSPECTOR):
        raise hidden("这个区")
    with recording("supervision.checks_asked", target=district, by=by, now=now, organisation_id=district.pk):
        _promise(district, f"{now:%Y%m%d%H%M%S}", now)
    return district


def run_checks(*, district_id: int, now: datetime) -> dict[str, int]:
    """Ask every check of the district. Returns how many rows each has found."""
    with transaction.atomic():
        district = Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=district_id)
        totals = {}
        with recording(
            "supervision.checks_run", target=district, by=CHECKER, now=now, organisation_id=district.pk
        ) as entry:
            for check in CHECKS.values():
                found = asking.rows(check, district, now)
                totals[check.code] = len(found)
                CheckRun.objects.create(
                    district=district, code=check.code, at=now, total=len(found), counts=asking.counts(found)
                )
                _follow_up(check, district, found, now)
            entry.data["found"] = {code: n for code, n in totals.items() if n}
            entry.payload["at"] = now.isoformat()  # what this run opened bears its moment
    return totals


def _follow_up(check: Check, district: Organization, found: list[asking.Row], now: datetime) -> None:
    """Open what is new, open again what came back, close what is gone, note what is excused and gone."""
    known = {row.key: row for row in Finding.objects.filter(source=check.code)}
    keys = {row.key for row in found}
    for row in found:
        if row.key not in known:
            _open(check, row, now)
        elif known[row.key].status in GONE or known[row.key].unfound_at:
            _return(check, known[row.key], now)
    lost = [one for key, one in known.items() if key not in keys]
    for finding in lost:
        if finding.status in LIVE and _is_of(finding, district):
            FINDINGS.take("clear", finding.pk, by=CHECKER, now=now, change=_ends(now), reason="检查不再发现")
    if check.present:
        excused = [one for one in lost if one.status in EXCUSED and not one.unfound_at]
        ours = [one.pk for one in excused if _is_of(one, district)]
        Finding.objects.filter(pk__in=ours, status__in=sorted(EXCUSED)).update(unfound_at=now)


def _open(check, row, now):
    finding = Finding(
        kind=Finding.Kind.CHECK, source=check.code, key=row.key, organisation_id=row.organisation_id,
        order_id=row.order_id, words=row.words[:300], clause=check.clause, since=row.since, opened_at=now,
        due_on=timezone.localdate(now) + timedelta(days=check.days),
    )  # fmt: skip
    FINDINGS.create("open", finding, by=CHECKER, now=now)


def _return(check, finding, now):
    def change(row, entry):
        row.closed_at, row.unfound_at, row.owner, row.measures = None, None, None, ""
        row.due_on = timezone.localdate(now) + timedelta(days=check.days)

    FINDINGS.take("return", finding.pk, by=CHECKER, now=now, change=change, reason="再次发现")


def _ends(now):
    def change(row, entry):
        row.closed_at = now

    return change


def _is_of(finding, district) -> bool:
    """Whether the finding is this district's: another one's run says nothing about it."""
    place = finding.organisation
    while place.parent_id:
        place = place.parent
    return place.pk == district.pk


def _promise(district, when, now):
    promise(kind="supervision.check", key=f"supervision.check:{district.pk}:{when}", object_id=district.pk, due_at=now)
