"""The whole chain of 002 五(六) by tokens alone, as five people, and then its trace."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from tests import world
from tests.api.callers import PASSWORD, signed_in
from tests.world import persons, places
from tests.world.chain import STROKES, value_for

pytestmark = pytest.mark.django_db
VITAL_SIGNS = 14


def told(answer, status=200):
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def press(person, path, name, data=None):
    """Press a step that the object itself offers, unblocked."""
    return told(person.send(f"{path}steps/{name}/", data))


def offers(thing):
    return {step["name"]: step["blocked_by"] for step in thing["steps"]}


@pytest.mark.clause("002 五(六)1", "002 五(六)2", "002 五(七)2(2)")
def test_from_application_to_rating_by_tokens(town, clock):
    roles = (Role.DISPATCHER, Role.DOCTOR, Role.NURSE, Role.AUDITOR)
    people = [places.person("沈家明"), *(town.users[role] for role in roles)]
    family, desk, doctor, nurse, auditor = (signed_in(user) for user in people)

    # The family registers a parent and applies.
    facts = persons.facts(relation="儿子", name="沈玉兰")
    patient = told(family.send("patients/", {**facts, "town": facts["town"].pk}), 201)
    assert told(family.ask("me/"))["patients"][0]["id"] == patient["id"]
    item = told(family.ask("catalogue/"))["items"][VITAL_SIGNS - 1]
    centre = told(family.ask("institutions/", town=facts["town"].pk))[0]
    wish = {
        "patient": patient["id"],
        "centre": centre["id"],
        "wish": "想请护士上门量血压和测血糖",
        "wished_items": [item["id"]],
        "wished_from": clock.at + timedelta(days=1),
        "wished_to": clock.at + timedelta(days=1, hours=3),
    }
    asked = told(family.send("requests/", wish), 201)
    request = f"requests/{asked['number']}/"
    assert asked["status"] == "submitted"
    assert offers(asked) == {"withdraw": None}

    # The dispatcher receives it and sends a doctor.
    waiting = told(desk.ask("requests/", status="submitted"))["results"]
    assert [row["number"] for row in waiting] == [asked["number"]]
    press(desk, request, "receive")
    clock.turn(minutes=5)
    press(
        desk,
        request,
        "plan_assessment",
        {
            "doctor": town.users[Role.DOCTOR].pk,
            "planned_start": clock.at + timedelta(hours=1),
            "planned_end": clock.at + timedelta(hours=2),
        },
    )

    # The doctor assesses at home, holds the document, and prescribes.
    (first_visit,) = told(doctor.ask("assessments/"))["results"]
    visit = f"assessments/{first_visit['id']}/"
    clock.turn(hours=1)
    press(doctor, visit, "depart")
    press(doctor, visit, "arrive")
    for section in told(doctor.ask(visit))["sections"]:
        answers = world.full_sections()[section["key"]]
        told(doctor.send(f"{visit}sections/{section['key']}/", {"answers": answers}, method="put"))
    told(doctor.send(f"{visit}conclusion/", {"result": "suitable", "opinion": "居家护理"}, method="put"))
    told(
        doctor.send(
            f"patients/{patient['id']}/identity-checks/",
            {"kind": "original", "passed": True, "source": "家庭医生上门核对原件"},
        ),
        201,
    )
    press(doctor, visit, "sign", {"valid_days": 180, "password": PASSWORD})
    assert told(doctor.ask(visit))["sha256"]
    clock.turn(minutes=30)
    lines = [{"item": item["id"], "times": 2, "frequency": "weekly"}]
    until = (clock.at + timedelta(days=60)).date()
    press(doctor, request, "prescribe", {"lines": lines, "valid_until": until, "password": PASSWORD})

    # The family reads and signs.
    (order,) = told(family.ask("orders/", request=asked["number"]))["results"]
    address = f"orders/{order['number']}/"
    assert offers(order) == {"consent": None, "cancel": None}
    shown = {text["kind"]: text["sha256"] for text in told(family.ask("texts/"))}
    signature = {
        "shown": shown, "signer_name": "沈家明", "capacity": "proxy", "method": "glass", "strokes": STROKES,
    }  # fmt: skip
    press(family, address, "consent", signature)
    assert {c["kind"] for c in told(family.ask("consents/"))["results"]} == {"consent", "agreement"}

    # The dispatcher chooses a nurse; the nurse accepts and goes there the next morning.
    start = clock.at.replace(hour=10, minute=0) + timedelta(days=1)
    candidates = told(desk.ask(f"{address}candidates/", planned_start=start.isoformat()))
    assert [(c["nurse"], c["refusals"]) for c in candidates] == [(town.nurse.pk, [])]
    press(desk, address, "offer", {"nurse": candidates[0]["nurse"], "planned_start": start})
    (mine,) = told(nurse.ask("orders/", status="offered"))["results"]
    assert mine["number"] == order["number"]
    assert mine["visit_code"] is None
    press(nurse, address, "accept")
    clock.at = start - timedelta(minutes=25)
    assert nurse.send(f"{address}steps/depart/").status_code == 401  # yesterday's token has expired
    family, desk, doctor, nurse, auditor = (signed_in(user) for user in people)
    press(nurse, address, "depart")
    clock.turn(minutes=25)
    press(nurse, address, "check_in", {"identifiers": ["name", "birth_date"]})

    # She records at the bedside until nothing is missing, and leaves.
    record = f"records/{order['number']}/"
    blocked = offers(told(nurse.ask(address)))["finish"]
    assert blocked["code"] == "record.incomplete"
    clock.turn(minutes=20)
    for asked_for in told(nurse.ask(record))["items"]:
        for step in asked_for["steps"]:
            told(nurse.send(f"{record}steps/{step['id']}/", {"done": True}, method="put"))
        asks = town.item(VITAL_SIGNS).asks.filter(required=True).select_related("measurement")
        for ask in asks:
            value = {"value": value_for(ask.measurement)}
            told(nurse.send(f"{record}readings/{ask.measurement_id}/", value, method="put"))
    told(nurse.send(f"{record}waste/", {"waste": "none"}, method="put"))
    note = {"note": "按计划完成，服务对象无不适。", "next_step": "next_visit"}
    assert told(nurse.send(f"{record}note/", note, method="put")) == {"missing": []}
    press(nurse, address, "finish")

    # The family confirms and rates; the centre answers; the next visit is ordered.
    clock.turn(hours=1)
    assert press(family, address, "confirm")["status"] == "completed"
    stars = {"on_time": 5, "explained": 5, "asked": 4, "observed": 5, "comment": "很仔细"}
    told(family.send(f"{address}rating/", stars), 201)
    told(desk.send(f"{address}rating/reply/", {"reply": "谢谢您的评价。"}))
    assert told(family.ask(f"{address}rating/"))["reply"] == "谢谢您的评价。"
    assert nurse.ask(f"{address}rating/").status_code == 404
    prescription = told(doctor.ask(f"prescriptions/{order['prescription']}/"))
    assert prescription["lines"][0]["times_left"] == 1
    again = {
        "request": asked["number"],
        "lines": [prescription["lines"][0]["id"]],
        "window_start": clock.at + timedelta(days=6),
        "window_end": clock.at + timedelta(days=6, hours=3),
    }
    second = told(desk.send("orders/", again), 201)
    assert second["status"] == "awaiting_dispatch"

    # The auditor reads every act in order: who, under which post, where, when.
    lines = told(auditor.ask(f"{address}trace/"))
    acts = [(line["action"], line["who"], line["role"]) for line in lines if line["kind"] == "act"]
    names = {role: town.users[role].display_name for role in roles}
    expected = [
        ("orders.request_submitted", "沈家明", "proxy"),
        ("orders.request_received", names[Role.DISPATCHER], "dispatcher"),
        ("orders.assessment_planned", names[Role.DISPATCHER], "dispatcher"),
        ("clinical.assessment_departed", names[Role.DOCTOR], "doctor"),
        ("clinical.assessment_arrived", names[Role.DOCTOR], "doctor"),
        ("clinical.assessment_concluded", names[Role.DOCTOR], "doctor"),
        ("clinical.assessment_signed", names[Role.DOCTOR], "doctor"),
        ("clinical.prescription_signed", names[Role.DOCTOR], "doctor"),
        ("orders.prescribed", names[Role.DOCTOR], "doctor"),
        ("orders.consented", "沈家明", "proxy"),
        ("orders.offered", names[Role.DISPATCHER], "dispatcher"),
        ("orders.accepted", names[Role.NURSE], "nurse"),
        ("orders.departed", names[Role.NURSE], "nurse"),
        ("orders.checked_in", names[Role.NURSE], "nurse"),
        ("clinical.note_written", names[Role.NURSE], "nurse"),
        ("clinical.record_closed", names[Role.NURSE], "nurse"),
        ("orders.finished", names[Role.NURSE], "nurse"),
        ("orders.confirmed", "沈家明", "proxy"),
        ("orders.rated", "沈家明", "proxy"),
        ("orders.rating_replied", names[Role.DISPATCHER], "dispatcher"),
    ]
    assert [act for act in acts if act in expected] == expected
    assert [line["id"] for line in lines] == sorted(line["id"] for line in lines)
    assert all(line["label"] != line["action"] and line["happened_at"] and line["at"] for line in lines)
    assert {line["organisation"] for line in lines if line["kind"] == "act"} <= {str(town.centre)}
    assert any(line["kind"] == "look" for line in lines)
