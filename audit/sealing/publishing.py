"""
The way out: every head leaves this machine at once, to folders elsewhere and to witnesses.

A head that somebody else holds is what no administrator of this machine can take back. Failures here never stop the
sealing; they stand in ``Publication`` and on the commission's page until the place has caught up.
"""

import http.client
import logging
import os
import re
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.models import Cosignature, Head, Publication
from audit.sealing import tree
from audit.standalone import verify

log = logging.getLogger(__name__)
OWN = "sealer"  # the row in which the sealer says what hinders itself
AT_ONCE = 500  # heads written to a folder in one go; what is left follows in the next second
WITNESS_SECONDS = 5
LARGEST_ANSWER = 64 * 1024


class Unpublished(Exception):
    """The place did not take the head; the message is what the commission reads."""


def publish() -> list[Publication]:
    """Bring each place up to the newest head. Returns how each stands now."""
    newest = Head.objects.select_related("era").order_by("-n").first()
    if newest is None:
        return []
    return [_bring(place, newest) for place in settings.AUDIT_PUBLISH_TO]


def say(place: str, error: str) -> None:
    """Keep what hinders a place, or the sealer itself, for the commission to read; an empty text when nothing does."""
    Publication.objects.update_or_create(place=place, defaults={"tried_at": timezone.now(), "error": error[:300]})


def _bring(place: str, newest: Head) -> Publication:
    row, _ = Publication.objects.get_or_create(place=place, defaults={"tried_at": timezone.now()})
    if row.n == newest.n and not row.error:
        return row
    send = _to_witness if urlsplit(place).scheme in {"http", "https"} else _to_folder
    row.tried_at = timezone.now()
    try:
        row.n = send(place, row.n, newest)
        row.at, row.error = row.tried_at, ""
    except (OSError, http.client.HTTPException, LookupError, Unpublished, ValueError) as no:
        row.error = (str(no) if isinstance(no, Unpublished) else f"{type(no).__name__}：{no}")[:300]
        log.warning("a head did not leave the machine", extra={"place": place, "cause": row.error})
    row.save()
    return row


# --- folders --------------------------------------------------------------------------------------------------------


def _to_folder(place: str, since: int, newest: Head) -> int:
    """Append the notes to one file a day and to nothing else; after a crash a note may stand there twice."""
    folder = Path(place)
    folder.mkdir(parents=True, exist_ok=True)
    if since > newest.n:
        raise Unpublished(f"已外送到封存 #{since}，本机只有 #{newest.n}：历史被截短过。")
    heads = list(Head.objects.filter(n__gt=since, n__lte=newest.n).order_by("n")[:AT_ONCE])
    if not heads:
        return since
    by_day: dict[str, list[str]] = {}
    for head in heads:
        by_day.setdefault(f"{head.at.astimezone(UTC):%Y-%m-%d}", []).append(f"{head.note}\n")
    for day, notes in by_day.items():
        # The end of a line and an empty one in front keep a note apart from one that a crash has cut short.
        _append(folder / f"{day}.notes", "\n\n" + "".join(notes))
    latest = folder / f".latest.{os.getpid()}"
    latest.write_text(heads[-1].note, encoding="utf-8")
    latest.replace(folder / "latest.note")
    return heads[-1].n


def _append(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def notes_of_folder(folder: Path) -> list[str]:
    """Read every note that was published to a folder, oldest first; one that a crash cut short is passed over."""
    found: list[str] = []
    for path in sorted(folder.glob("*.notes")):
        lines = path.read_text(encoding="utf-8", errors="replace")
        # A last line without its end is being written at this moment, or never was.
        for text in re.split(r"\n{2,}", lines[: lines.rfind("\n") + 1]):
            # A note has one blank line of its own, before its signatures.
            if text.startswith("— ") and found:
                found[-1] = f"{found[-1]}\n\n{text.rstrip()}\n"
            elif text.strip():
                found.append(text.strip("\n"))
    # What was cut short within its signatures is sent again in whole.
    whole: dict[str, str] = {}
    for note in found:
        text = note.partition("\n\n— ")[0]
        whole[text] = max(whole.get(text, ""), note, key=len)
    return [
        note
        for note in found
        if "\n\n— " in note
        and (note == (longest := whole[note.partition("\n\n— ")[0]]) or not longest.startswith(note.rstrip("\n")))
    ]


# --- witnesses (C2SP tlog-witness) ----------------------------------------------------------------------------------


def _to_witness(place: str, since: int, newest: Head) -> int:
    """Offer the newest head with the proof that it continues the one that the witness knows."""
    known = Head.objects.filter(n__lte=since, era=newest.era_id).order_by("-n").first()
    old = known.tree_size if known else 0
    for _ in range(2):
        answer = _offer(place, old, newest)
        if isinstance(answer, int):
            if answer > newest.tree_size:
                raise Unpublished(f"见证方记得 {answer} 条，本机只有 {newest.tree_size} 条：历史被截短过。")
            old = answer
            continue
        _keep(answer, newest)
        return newest.n
    raise Unpublished("见证方与本机对不上已封存的条数，请查看见证方的告警。")


def _offer(place: str, old: int, newest: Head) -> list[str] | int:
    """Return the cosignature lines, or the size that the witness knows when it is not ``old``."""
    with connection.cursor() as cursor:
        proof = tree.stored(cursor, newest.era_id).consistency(old, newest.tree_size)
    lines = [f"old {old}", *(verify.b64(step) for step in proof), ""]
    request = urllib.request.Request(
        f"{place.rstrip('/')}/add-checkpoint", data=("\n".join(lines) + "\n" + newest.note).encode(), method="POST"
    )
    try:
        with _direct.open(request, timeout=WITNESS_SECONDS) as response:
            return response.read(LARGEST_ANSWER).decode().splitlines()
    except urllib.error.HTTPError as no:
        body = no.read(LARGEST_ANSWER).decode(errors="replace").strip()
        if no.code == 409 and body.isdigit():
            return int(body)
        raise Unpublished(_WITNESS_SAYS.get(no.code, f"见证方拒收（{no.code}）。")) from no


def _keep(lines: list[str], head: Head) -> None:
    """Keep the cosignatures that hold; a witness whose key is not configured proves nothing."""
    note = verify.parse_note(head.note)
    kept = 0
    for line in lines:
        for vkey in settings.AUDIT_WITNESS_KEYS:
            try:
                at = verify.verify_cosignature(note, line, vkey)
            except ValueError:
                continue
            Cosignature.objects.get_or_create(
                n=head.n,
                name=verify.parse_vkey(vkey).name,
                defaults={"line": line, "at": datetime.fromtimestamp(at, UTC)},
            )
            kept += 1
    if settings.AUDIT_WITNESS_KEYS and not kept:
        raise Unpublished("见证方的联署不能用已登记的公钥核验。")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A witness answers at its own address; anything else is not the witness."""

    def redirect_request(self, *_):
        return None


_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
_WITNESS_SAYS = {
    403: "见证方说签名不成立。",
    404: "见证方还不认识这个来源：新纪元要由见证方的人先登记公钥。",
    422: "见证方说历史已被改写：一致性证明不成立。",
}
