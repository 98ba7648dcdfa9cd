"""
The evidence pack of one order: every event with its proof, the papers by their digests, and a page to read.

The format is that of :mod:`audit.standalone.verify`, which travels in the pack; nothing in it needs the platform.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.template.loader import render_to_string
from django.utils import timezone

from audit import proofs
from audit.models import Event, Head
from audit.standalone import verify
from kernel.identity import mask_name
from orders import faces, timeline, trace
from orders.models import Order
from patients.models import Upload

PAGE = "说明.html"
JUST_NOW = timedelta(minutes=1)
UPLOADS = 50  # newest papers of the person that an order may rest on


@dataclass(frozen=True, slots=True)
class Pack:
    content: bytes
    events: int
    unsealed: int


@dataclass(frozen=True, slots=True)
class Paper:
    """A signed or uploaded paper, by its digest: the paper itself stays where it is."""

    name: str
    of: str
    sha256: str
    at: datetime | None


def order(pk) -> Order | None:
    """The order with everything that its pack says about it."""
    return (
        Order.objects.select_related(
            "request__assessment", "prescription", "patient", "centre", "nurse__user", "visit_record", "edition",
            "consent__text", "agreement__text", "address__town",
        )
        .prefetch_related("lines__item")
        .filter(pk=pk)
        .first()
    )  # fmt: skip


def pack(row: Order, *, to: str, masked: bool, now: datetime) -> Pack:
    """Build the pack for one reader; ``masked`` hides the person's name on the page, as the platform's pages do."""
    papers = papers_of(row)
    lines, events, later = _settled(*_events(row), now=now)
    groups, waiting = _proven(events)
    said = {
        "format": verify.PACK,
        "order": row.number,
        "issued_at": timezone.localtime(now).isoformat(timespec="seconds"),
        "issued_to": to,
        "organisation": row.centre.name,
        "subject_of": sorted(f"{kind}:{key}" for kind, keys in trace.objects_of(row).items() for key in keys),
        "proofs": groups,
        "unsealed": [{"leaf": verify.b64(leaf)} for leaf in waiting],
        "documents": [{"name": paper.name, "object": paper.of, "sha256": paper.sha256} for paper in papers],
    }
    page = render_to_string(
        "evidence/order.html",
        {
            "order": row,
            "name": mask_name(row.patient.name) if masked else row.patient.name,
            "face": faces.order(row),
            "items": [line.item.name for line in row.lines.all()],
            "entries": timeline.entries(lines),
            "papers": papers,
            "heads": [(verify.parse_note(group["note"]), len(group["events"])) for group in groups],
            "waiting": len(waiting),
            "later": later,
            "changes": len(events) - len(lines),
            "to": to,
            "now": now,
        },
    )
    files = {"pack.json": verify.canonical(said), PAGE: page.encode(), "verify.py": _verifier()}
    return Pack(verify.write_pack(files), events=len(events), unsealed=len(waiting))


def papers_of(row: Order) -> list[Paper]:
    """Consent, agreement, assessment, prescription, record, and what was uploaded for them until the visit ended."""
    found = [
        _paper(f"知情同意书（{row.consent.text}）", row.consent, row.consent.shown_sha256, row.consent.signed_at)
        if row.consent else None,
        _paper(f"服务协议（{row.agreement.text}）", row.agreement, row.agreement.shown_sha256, row.agreement.signed_at)
        if row.agreement else None,
        *(_signed(name, paper, at) for name, paper, at in (
            ("首诊评估", row.request.assessment, "signed_at"), ("服务项目单", row.prescription, "signed_at"),
            ("护理记录", row.visit_record, "closed_at"),
        )),
    ]  # fmt: skip
    found += [
        _paper(f"服务签字（第 {one.version} 次）", one, one.sha256, one.signed_at)
        for one in row.signatures.order_by("version")
    ]
    found += [
        _paper(f"上传资料：{one.get_kind_display()}", one, one.sha256, one.uploaded_at) for one in uploads_of(row)
    ]
    return _numbered([paper for paper in found if paper is not None])


def uploads_of(row: Order) -> list[Upload]:
    """What stood on file for the order: uploads about the person up to its last step, oldest first."""
    known = Upload.objects.filter(patient=row.patient_id, uploaded_at__lte=row.status_since).order_by("-uploaded_at")
    return list(known[:UPLOADS])[::-1]


def _signed(name, paper, at):
    if paper is None or not paper.content_sha256:
        return None
    return _paper(name, paper, paper.content_sha256, getattr(paper, at))


def _paper(name, row, sha256, at):
    return Paper(name, f"{row._meta.label_lower}:{row.pk}", sha256, at)


def _numbered(papers):
    """Names in a pack are told apart, as two papers of one kind may stand in it."""
    return [Paper(f"{place:02} {p.name}", p.of, p.sha256, p.at) for place, p in enumerate(papers, 1)]


def _events(row: Order) -> tuple[list[Event], list[Event]]:
    """The lines of the page, and with every row beneath all that is proven; uploads bring their own acts along."""
    keys = [str(one.pk) for one in uploads_of(row)]
    return timeline.whole(row, more={"patients.upload": keys})


def _settled(lines, events, *, now) -> tuple[list[Event], list[Event], int]:
    """
    Leave out the looks of the last minute that no head has sealed yet, and count them: the pack ends before them.

    Whoever exports has just opened the page, and that look is only being sealed. All else that waits goes along,
    unproven, so that nobody can hold back an act by exporting quickly.
    """
    under = proofs.sealed(lines)
    fresh = {
        event.pk
        for event in lines
        if event.kind == Event.Kind.LOOK and event.pk not in under and event.at > now - JUST_NOW
    }
    return [e for e in lines if e.pk not in fresh], [e for e in events if e.pk not in fresh], len(fresh)


def _proven(events: list[Event]) -> tuple[list[dict], list[bytes]]:
    """Proofs by era, each under one head, and the bytes of what waits to be sealed."""
    under = proofs.sealed(events)
    eras = dict(Head.objects.filter(n__in=set(under.values())).values_list("n", "era_id"))
    of_era = defaultdict(list)
    for pk, n in under.items():
        of_era[eras[n]].append(pk)
    groups, proved = [], set()
    for _, ids in sorted(of_era.items()):
        head, found = proofs.proven(ids)
        if head is None:
            continue
        events_of_era = [proofs.plain(one) for one in found]
        groups.append({"origin": head.era.origin, **proofs.signed(head), "events": events_of_era})
        proved |= {one.event_id for one in found}
    return groups, proofs.unsealed_leaves([event.pk for event in events if event.pk not in proved])


def _verifier() -> bytes:
    return Path(verify.__file__).read_bytes()
