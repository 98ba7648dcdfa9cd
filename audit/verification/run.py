"""One run of the check, in full or for what is new, on as many processes as are given."""

import http.client
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit import services as audit
from audit.models import Era, Head, Verification
from audit.sealing import publishing
from audit.standalone import verify
from audit.verification import history, outside, rows
from audit.verification.findings import Finding
from audit.verification.rows import Batch, Stretch
from kernel.actors import Actor

STRETCH = 100_000  # events that one process holds at a time
KEPT = 200


@dataclass
class Report:
    """What was looked at and what did not hold, the first findings of each kind."""

    scope: str
    begun_at: datetime
    events: int = 0
    heads: int = 0
    up_to: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def first_bad_event(self) -> int | None:
        return min((found.event for found in self.findings if found.event is not None), default=None)


def verify_trace(
    *,
    full: bool,
    by: Actor,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Report, Verification]:
    """
    Check heads, tree, stored events, and the copies outside; the result is kept and is itself an event.

    Without ``full`` only what was sealed after the last run that found nothing.
    """
    clean = Verification.objects.filter(findings=[]).order_by("-up_to").first()
    since = 0 if full or clean is None else clean.up_to
    report = Report(scope=Verification.Scope.FULL if full else Verification.Scope.NEW, begun_at=timezone.now())
    total = sum(
        Head.objects.filter(era=era).order_by("-n").values_list("tree_size", flat=True).first() or 0
        for era in Era.objects.all()
    )
    done = 0

    def tick(events):
        nonlocal done
        done += events
        progress(done, max(total, done))

    with _processes(workers) as pool:
        waiting: list[tuple[Stretch, Future]] = []
        for era in Era.objects.order_by("era"):
            report.findings += history.judge_key(era)
            for stretch in _history(era, since, report):
                waiting.append((stretch, pool.submit(rows.check, connection.get_connection_params(), stretch)))
                # Only so many stretches wait, and what is ready is told at once.
                while len(waiting) > 4 * workers:
                    _settle(waiting.pop(0), report, tick)
        for one in waiting:
            _settle(one, report, tick)
    if full:
        report.findings += _outside_of_every_head()
    report.findings += _elsewhere(since_event=_first_id_after(since))
    newest = Head.objects.order_by("-n").values_list("n", flat=True).first() or 0
    if clean is not None and newest < clean.up_to:
        # An earlier run has seen heads that are no longer there.
        report.findings.append(Finding("head.missing", head=clean.up_to))
    report.up_to = max(report.up_to, since)
    report.findings = _some_of_each(report.findings)
    return report, _remember(report, by)


def _history(era: Era, since: int, report: Report) -> Iterator[Stretch]:
    """Judge an era's heads one after the other, and cut its events into stretches as they are passed."""
    try:
        vkey = verify.parse_vkey(era.verifier)
    except ValueError:
        report.findings.append(Finding("head.key", place=era.origin))
        return
    before = Head.objects.filter(era=era, n__lte=since).order_by("-n").first()
    last = Head.objects.filter(era=era).order_by("-n").first()
    if last is None or last.n <= since:
        return
    expected = _first_number(era) if before is None else before.n + 1
    batches: list[Batch] = []
    start = before
    with connection.cursor() as cursor:
        try:
            roots = history.Roots(cursor, era.era, before.tree_size if before else 0)
        except LookupError:
            report.findings.append(Finding("tree.short", head=before.n if before else None))
            return
        # No further than the head that was the last one: what is sealed meanwhile has events beyond its highest id.
        for head in history.heads(era, since=before.n if before else 0, up_to=last.n):
            report.findings += history.judge_head(head, before, vkey)
            report.findings += roots.judge(head)
            if head.n != expected:
                report.findings.append(Finding("head.missing", head=expected))
            expected = head.n + 1
            report.heads += 1
            report.up_to = max(report.up_to, head.n)
            opening = before is None and era.era > 1
            batches.append(
                Batch(n=head.n, first=head.first_leaf, end=head.tree_size, snapshot=history.snapshot_of(head).text)
            )
            if opening or head.tree_size - batches[0].first >= STRETCH:
                yield _stretch(era, start, batches, last)
                batches, start = [], head
            before = head
    if batches:
        yield _stretch(era, start, batches, last)


def _stretch(era, start, batches, last):
    opened_after = None
    if start is None and era.era > 1:
        earlier = Era.objects.get(era=era.era - 1)
        ended = Head.objects.filter(era=earlier).order_by("-n").first()
        opened_after = (
            (earlier.boundary_id, history.snapshot_of(ended).text, ended.max_id)
            if ended
            else (earlier.boundary_id, "1:1:", 0)
        )
    return Stretch(
        era=era.era,
        boundary=era.boundary_id,
        before=history.snapshot_of(start).text if start else "1:1:",
        last_id=last.max_id,
        batches=tuple(batches),
        opened_after=opened_after,
    )


def _settle(one, report, tick):
    stretch, future = one
    report.findings += future.result()
    report.events += stretch.events
    tick(stretch.events)


def _first_number(era):
    """The number that an era's first head should bear: numbers run on over the eras."""
    earlier = Head.objects.filter(era__lt=era.era).order_by("-n").first()
    return earlier.n + 1 if earlier else 1


def _outside_of_every_head() -> list[Finding]:
    """
    Every event either belongs to a head or waits for one; there is no third kind.

    What a head's own numbers cover is compared leaf by leaf. Left are ids and transactions that never were, and events
    beyond the last head's whose transactions had long finished. One statement: a head made meanwhile does no harm.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH last AS (SELECT max_id, snap_max, snap_open FROM audit.head ORDER BY n DESC LIMIT 1)
            SELECT min(id), count(*) FROM (
                SELECT id FROM audit.event WHERE id <= 0
                UNION
                SELECT id FROM audit.event WHERE xid <= 0
                UNION
                SELECT e.id FROM audit.event e, last
                WHERE e.id > last.max_id AND e.xid < last.snap_max AND e.xid <> ALL (last.snap_open)
            ) AS nowhere
            """
        )
        first, count = cursor.fetchone()
    return [Finding("event.outside", event=first, place=f"{count} 条")] if count else []


def _elsewhere(*, since_event: int) -> list[Finding]:
    found: list[Finding] = []
    for place in settings.AUDIT_PUBLISH_TO:
        if urlsplit(place).scheme not in {"http", "https"}:
            found += outside.judge_notes(publishing.notes_of_folder(Path(place)), place=place)
            continue
        for era in Era.objects.order_by("era"):
            try:
                note = outside.witness_note(place, era.origin)
            except (OSError, http.client.HTTPException):
                found.append(Finding("outside.silent", place=place))
                break
            if note:
                found += outside.judge_notes([note], place=place)
    if settings.AUDIT_COPY_URL:
        found += outside.judge_copy(settings.AUDIT_COPY_URL, since=since_event)
    return found


def _first_id_after(since: int) -> int:
    head = Head.objects.filter(n=since).first()
    return head.max_id if head else 0


def _some_of_each(findings: list[Finding]) -> list[Finding]:
    kept: dict[str, list[Finding]] = {}
    for found in findings:
        kept.setdefault(found.code, []).append(found)
    return [found for same in kept.values() for found in same[:KEPT]]


def _remember(report: Report, by: Actor) -> Verification:
    row = Verification(
        scope=report.scope,
        begun_at=report.begun_at,
        ended_at=timezone.now(),
        events=report.events,
        heads=report.heads,
        up_to=report.up_to,
        findings=[found.plain() for found in report.findings],
        first_bad_event=report.first_bad_event,
    )
    with audit.recording("audit.verified", target=row, by=by, now=row.ended_at) as entry:
        row.save(force_insert=True)
        entry.data.update({"events": row.events, "heads": row.heads, "up_to": row.up_to, "findings": len(row.findings)})
    return row


class _Here(Executor):
    """Does the work at once, in this process: for a short stretch a process of its own costs more than it saves."""

    def submit(self, fn, /, *args, **kwargs):
        done: Future = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def _processes(workers: int) -> Executor:
    if workers < 2:
        return _Here()
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
