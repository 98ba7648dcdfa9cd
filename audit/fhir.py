"""
Events of the trace as FHIR R4 AuditEvent resources: pure functions over what the caller has read.

https://hl7.org/fhir/R4/auditevent.html. Codes are those of the resource's own value sets; what is ours alone carries a
``urn:hudaojia:`` system. Ids are opaque, as in the trace itself; names stand in ``display`` only where the caller gives
them. Row changes beneath an act are not repeated here: the act is the event, its rows are the evidence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from audit.models import Event

OURS = "urn:hudaojia:"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
TERMS = "http://terminology.hl7.org/CodeSystem/"
KIND = Event.Kind

# The type of an event by its kind; an act on a patient's record is told from one on the platform's own business.
RECORD = {"system": DCM, "code": "110110", "display": "Patient Record"}
ACTIVITY = {"system": DCM, "code": "110100", "display": "Application Activity"}
SIGN_IN = {"system": DCM, "code": "110114", "display": "User Authentication"}
ALERT = {"system": DCM, "code": "110113", "display": "Security Alert"}
LOG_IN_OR_OUT = {
    "accounts.logged_in": {"system": DCM, "code": "110122", "display": "Login"},
    "accounts.login_failed": {"system": DCM, "code": "110122", "display": "Login"},
    "accounts.logged_out": {"system": DCM, "code": "110123", "display": "Logout"},
}
ROW_ACTIONS = {"insert": "C", "update": "U", "delete": "D", "truncate": "D"}
OUTCOMES = {"ok": "0", "refused": "4", "failed": "8"}
PATIENT, DOMAIN_RESOURCE = ("1", "Patient"), ("4", "Domain Resource")
PERSON, SYSTEM_OBJECT = ("1", "Person"), ("2", "System Object")
APPLICATION_SERVER, DATABASE_SERVER = ("4", "Application Server"), ("5", "Database Server")
IP_ADDRESS = "2"


@dataclass(frozen=True, slots=True)
class Words:
    """What the caller knows of an event beyond its ids: the act's name, who, where, and why if it may be said."""

    label: str
    who: str = ""
    roles: tuple[tuple[str, str], ...] = ()
    organisation: str = ""
    reason: str = ""


def audit_event(event: Event, words: Words, *, origin: str) -> dict[str, Any]:
    """Return one event as an AuditEvent; ``origin`` names the platform that observed it."""
    return without_nothing(
        {
            "resourceType": "AuditEvent",
            "id": str(event.pk),
            "type": _type(event),
            "subtype": _subtypes(event, words.label),
            "action": _action(event),
            "period": {"start": _instant(event.happened_at), "end": _instant(event.happened_at)},
            "recorded": _instant(event.at),
            "outcome": OUTCOMES[event.outcome],
            "outcomeDesc": words.reason if event.outcome != "ok" else "",
            "purposeOfEvent": [{"text": words.reason}] if words.reason and event.outcome == "ok" else [],
            "agent": [_agent(event, words)],
            "source": _source(event, words, origin),
            "entity": _entities(event),
        }
    )


def bundle(resources: Iterable[Mapping], *, base_url: str, self_url: str, next_url: str = "") -> dict[str, Any]:
    """Return one page of a search; ``next_url`` is left out on the last one."""
    links = [{"relation": "self", "url": self_url}]
    if next_url:
        links.append({"relation": "next", "url": next_url})
    entries = [
        {
            "fullUrl": f"{base_url.rstrip('/')}/AuditEvent/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match"},
        }
        for resource in resources
    ]
    return without_nothing({"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries})


def _type(event) -> dict:
    if event.kind == KIND.LOGIN:
        return SIGN_IN
    if event.kind in (KIND.ROW, KIND.DDL):
        return ALERT
    return RECORD if event.subject_id else ACTIVITY


def _subtypes(event, label) -> list[dict]:
    known = LOG_IN_OR_OUT.get(event.action)
    return [*([known] if known else []), {"system": f"{OURS}act", "code": event.action, "display": label}]


def _action(event) -> str:
    """C, R, U, D or E: a step that begins a life creates, one that goes on updates, all else is executed."""
    if event.kind == KIND.LOOK:
        return "R"
    if event.kind == KIND.ROW:
        return ROW_ACTIONS.get(event.action, "E")
    if event.kind == KIND.ACT and "version" in event.data:
        return "C" if event.data["version"] == 1 else "U"
    return "E"


def _agent(event, words) -> dict:
    kind = "database" if event.kind in (KIND.ROW, KIND.DDL) else event.actor_kind
    value = event.db_user if kind == "database" else event.actor_id
    return {
        "role": [{"coding": [{"system": f"{OURS}role", "code": code, "display": name}]} for code, name in words.roles],
        "who": {"identifier": {"system": f"{OURS}{kind}", "value": value} if value else {}, "display": words.who},
        "requestor": True,
        "network": {"address": event.ip, "type": IP_ADDRESS} if event.ip else {},
    }


def _source(event, words, origin) -> dict:
    code, display = DATABASE_SERVER if event.kind in (KIND.ROW, KIND.DDL) else APPLICATION_SERVER
    return {
        "site": words.organisation,
        "observer": {"identifier": {"system": f"{OURS}origin", "value": origin}, "display": "护到家"},
        "type": [{"system": f"{TERMS}security-source-type", "code": code, "display": display}],
    }


def _entities(event) -> list[dict]:
    found = []
    if event.subject_id:
        found.append(_entity("patients.patient", event.subject_id, PERSON, PATIENT, []))
    if event.object_type and not (event.subject_id and event.object_type == "patients.patient"):
        found.append(_entity(event.object_type, event.object_id, SYSTEM_OBJECT, DOMAIN_RESOURCE, _details(event)))
    elif found:
        found[0]["detail"] = _details(event)
    return found


def _entity(kind, key, of_type, role, details) -> dict:
    return {
        "what": {"identifier": {"system": f"{OURS}{kind}", "value": key}} if key else {},
        "type": {"system": f"{TERMS}audit-entity-type", "code": of_type[0], "display": of_type[1]},
        "role": {"system": f"{TERMS}object-role", "code": role[0], "display": role[1]},
        "name": "" if key else kind,
        "detail": details,
    }


def _details(event) -> list[dict]:
    """What joins this to the platform's own records; free words stay out."""
    said = event.data if event.kind in (KIND.ACT, KIND.REFUSAL) else {}
    known = {
        "act": event.act_id and str(event.act_id),
        "request": event.request_id,
        "from": said.get("from"),
        "to": said.get("to"),
        "version": said.get("version"),
        "reasons": "、".join(reason["code"] for reason in said.get("reasons", ())),
    }
    return [{"type": name, "valueString": str(value)} for name, value in known.items() if value not in (None, "")]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def without_nothing(value: Any) -> Any:
    """FHIR knows no empty strings, objects or lists: what is not there is left out."""
    if isinstance(value, dict):
        kept = {name: without_nothing(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner not in ("", None, {}, [])}
    if isinstance(value, list):
        return [inner for inner in map(without_nothing, value) if inner not in ("", None, {}, [])]
    return value
