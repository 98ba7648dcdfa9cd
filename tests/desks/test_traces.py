"""The pages of the trace: whose they are, what they say, what they cost, and what never stands in an address."""

import hashlib
import json
import re
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit import services as audit
from audit.models import Event
from audit.sealing.sealer import Sealer
from audit.standalone import verify
from nurses import services as nurses
from orders import fhir, rowwords, timeline, trace
from orders.lifecycle import OrderStatus as S
from patients import services as patients
from referrals import services as referrals
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, counted, text
from tests.world import alliance, persons, places, traces

pytestmark = pytest.mark.django_db

OVERSEEING = (Role.SUPERVISOR, Role.QC_INSPECTOR, Role.AUDITOR)
OTHERS = (Role.DISPATCHER, Role.DOCTOR, Role.NURSE, Role.REVIEWER, Role.PROXY)


@pytest.fixture
def t():
    made = offices.town()
    for role in offices.NAMES:
        made.users[role].save(update_fields=["display_name", "name_index"])
    return made


@pytest.fixture
def desk(t):
    return client(t, Role.SUPERVISOR)


def url(name, *args):
    return reverse(f"oversight:{name}", args=args)


def pages(t, order, space="oversight"):
    return {
        "order": reverse(f"{space}:orders_trace", args=[order.number]),
        "patient": reverse(f"{space}:trace_patient", args=[order.patient_id]),
        "nurse": reverse(f"{space}:trace_nurse", args=[t.nurse.pk]),
        "account": reverse(f"{space}:trace_account", args=[t.users[Role.DISPATCHER].pk]),
    }


def by_hand(sql, *values):
    """Somebody with a database account and no platform."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.act', '', true)")
        cursor.execute(sql, values)


def said(page):
    """What the page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(page)))


# --- who opens what ---------------------------------------------------------------------------------------------------


def test_those_who_oversee_open_every_page_and_nobody_else(t):
    order = world.order(t, at=S.COMPLETED)

    for name, page in pages(t, order).items():
        assert {client(t, role).get(page).status_code for role in OVERSEEING} == {200}, name
        assert {client(t, role).get(page).status_code for role in (*OTHERS, Role.CENTRE_ADMIN)} == {403}, name
    for name, page in pages(t, order, "centre").items():
        assert client(t, Role.CENTRE_ADMIN).get(page).status_code == 200, name
        assert {client(t, role).get(page).status_code for role in (*OTHERS, *OVERSEEING)} == {403}, name


def test_another_centre_s_administrator_finds_none_of_them(t):
    order = world.order(t, at=S.COMPLETED)
    other = places.centre(t.hospital, towns=(places.LUJIAZUI,), name="陆家嘴", now=t.now)
    t.users["elsewhere"] = places.post(other, Role.CENTRE_ADMIN, now=t.now).user
    elsewhere = client(t, "elsewhere")

    assert {elsewhere.get(page).status_code for page in pages(t, order, "centre").values()} == {404}


def test_each_opening_is_itself_a_line(t):
    order = world.order(t, at=S.COMPLETED)
    shown = pages(t, order)

    for page in shown.values():
        client(t, Role.QC_INSPECTOR).get(page)

    looks = traces.events().filter(kind=Event.Kind.LOOK, role="qc_inspector").order_by("id")
    assert [look.reason for look in looks] == ["追溯订单全程", "追溯服务对象留痕", "追溯护士留痕", "追溯账号留痕"]
    assert [look.object_type for look in looks] == [
        "orders.order", "patients.patient", "nurses.nurse", "accounts.user",
    ]  # fmt: skip


def test_a_centre_reads_nothing_that_its_people_do_for_their_own_mothers(t):
    order = world.order(t, at=S.COMPLETED)
    nurse = t.users[Role.NURSE]
    mother = persons.patient(by=places.SETUP, now=t.now, name="钱桂英")
    patients.add_proxy(
        patient_id=mother.pk, user=nurse, relation="女儿", scopes=["apply"],
        expires_on=timezone.localdate() + timedelta(days=30), by=places.SETUP, now=t.now,
    )  # fmt: skip
    audit.looked(target=mother, by=persons.family(nurse), now=timezone.now(), why="看看妈妈的登记", role="proxy")

    shown = pages(t, order, "centre")
    admin = client(t, Role.CENTRE_ADMIN)

    assert "看看妈妈的登记" not in text(admin.get(reverse("centre:trace_account", args=[nurse.pk])))
    assert "看看妈妈的登记" not in text(admin.get(shown["nurse"]))
    auditor = client(t, Role.AUDITOR)
    auditor.post(url("trace_purpose"), {"purpose": "核查越权查看"})
    assert "看看妈妈的登记" in text(auditor.get(url("trace_account", nurse.pk)))


def test_the_pages_are_reached_by_links(t, desk):
    order = world.order(t, at=S.COMPLETED)
    admin = client(t, Role.CENTRE_ADMIN)
    here, there = pages(t, order), pages(t, order, "centre")

    assert here["order"] in text(desk.get(url("orders_one", order.number)))
    for name in ("patient", "nurse", "account"):
        assert here[name] in text(desk.get(here["order"])), name
        assert there[name] in text(admin.get(there["order"])), name
    assert there["order"] in text(admin.get(reverse("centre:orders_one", args=[order.number])))
    assert there["nurse"] in text(admin.get(reverse("centre:credentials_nurse", args=[t.nurse.pk])))
    assert there["account"] in text(admin.get(reverse("centre:people")))


# --- what a page says -------------------------------------------------------------------------------------------------


@pytest.mark.clause("002 五(八)", "002 五(七)2(2)", "004 三(四)", "004 三(六)")
def test_an_act_shows_who_when_why_and_the_rows_it_changed_in_words(t, desk):
    order = world.order(t, at=S.ACCEPTED)

    page = desk.get(pages(t, order)["order"])

    offered = next(e for e in page.context["entries"] if e["line"].action == "orders.offered")
    changed = {row.table: {one.column: (one.before, one.after) for one in row.changes} for row in offered["entry"].rows}
    assert changed["服务订单"]["状态"] == ("待派单", "待接单")
    assert changed["服务订单"]["版本号"] == ("2", "3")
    assert "订单步骤" in changed
    assert f"数据变更 {offered['entry'].changed} 项" in said(page)
    for words in ("周建国", "中心专员", t.centre.short_name, "依据", "请求编号", "待封存"):
        assert words in said(page), words


def test_a_sealed_value_and_a_long_one_are_said_to_be_so():
    event = Event(
        id=1, kind="row", action="update", object_type="patients.patient", object_id="x",
        data={"phone_sealed": "sealed", "conditions": ["高血压", "sha256:" + "ab" * 32], "group": ["disabled", None]},
    )  # fmt: skip

    changes = {one.column: one for one in rowwords.row(event).changes}

    assert changes["电话"].after == "已加密，不显示"
    assert changes["主要疾病"].before == "高血压"
    assert changes["主要疾病"].after == "内容较长，留存摘要 abababababab…"
    assert (changes["服务人群"].before, changes["服务人群"].after) == ("失能老年人", "空")


def test_every_column_that_is_captured_has_a_chinese_name():
    from django.apps import apps

    from audit.capture import watched

    ours = {
        "accounts",
        "catalog",
        "clinical",
        "institutions",
        "notifications",
        "nurses",
        "orders",
        "patients",
        "reporting",
        "safety",
        "supervision",
    }
    english = [
        f"{one.label}.{column}"
        for one in watched()
        if one.label.partition(".")[0] in ours and apps.get_model(*one.label.split("."))
        for column in one.columns
        if not rowwords.CHINESE.search(rowwords.column(one.label, column))
    ]
    tables = [one.label for one in watched() if not rowwords.CHINESE.search(rowwords.table(one.label))]

    assert english == []
    assert [label for label in tables if label.partition(".")[0] in ours] == []


@pytest.mark.clause("002 五(七)2(2)")
def test_what_was_written_past_the_platform_stands_out(t, desk):
    order = world.order(t, at=S.COMPLETED)
    by_hand("UPDATE orders_order SET minutes = 5 WHERE id = %s", order.pk)
    step = order.steps.order_by("pk").first()
    by_hand("UPDATE orders_orderstep SET reason = '补写' WHERE id = %s", step.pk)
    by_hand("UPDATE patients_patient SET allergies = '无' WHERE id = %s", str(t.patient.pk))

    page = desk.get(pages(t, order)["order"])
    direct = [e for e in page.context["entries"] if e["entry"].direct]

    assert page.context["counts"]["direct"] == 2
    assert [e["line"].label for e in direct] == ["直接修改数据库：修改服务订单", "直接修改数据库：修改订单步骤"]
    assert direct[0]["line"].who.startswith("数据库账号 ")
    assert "有 2 条修改没有经过平台" in said(page)
    assert "直接修改数据库：修改服务对象" in said(desk.get(pages(t, order)["patient"]))


def test_a_row_whose_act_was_never_written_stands_out_as_well(t, desk):
    """Whoever knows the setting can name an act; the act itself cannot be made up afterwards."""
    order = world.order(t, at=S.COMPLETED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.act', '0199aaaa-0000-7000-8000-000000000001', true)")
        cursor.execute("UPDATE orders_order SET minutes = 5 WHERE id = %s", [order.pk])

    direct = [e for e in desk.get(pages(t, order)["order"]).context["entries"] if e["entry"].direct]

    assert [e["line"].label for e in direct] == ["直接修改数据库：修改服务订单"]


def test_only_one_kind_is_shown_when_asked_for(t, desk):
    order = world.order(t, at=S.COMPLETED)
    page = pages(t, order)["order"]

    looks = desk.get(page, {"only": "look"}).context["entries"]
    nothing = text(desk.get(page, {"only": "direct"}))
    nonsense = desk.get(page, {"only": "nonsense", "before": "x", "after": "-1"})

    assert {e["line"].kind for e in looks} == {"look"}
    assert "没有这一类留痕" in nothing
    assert nonsense.status_code == 200


def test_the_address_of_the_person_is_for_auditors_alone(t, desk):
    order = world.order(t)
    by = replace(t.actor(Role.DOCTOR), ip="10.9.8.7")
    audit.looked(target=order, by=by, now=timezone.now(), why="抽查")

    assert "10.9.8.7" in text(client(t, Role.AUDITOR).get(pages(t, order)["order"]))
    assert "10.9.8.7" not in text(desk.get(pages(t, order)["order"]))


def test_an_auditor_says_what_for_before_anything_about_health_is_shown(t):
    order = world.order(t, at=S.ABORTED)
    page, auditor = pages(t, order)["order"], client(t, Role.AUDITOR)

    covered = said(auditor.get(page))
    auditor.post(url("trace_purpose"), {"purpose": "核查投诉", "next": page})
    opened = said(auditor.get(page))
    away = auditor.post(url("trace_purpose"), {"purpose": "核查投诉", "next": "https://example.org/"})

    assert "服务对象突发不适" not in covered
    assert "已遮盖" in covered
    assert "服务对象突发不适" in opened
    assert away.url == url("trace")
    reasons = list(traces.events().filter(kind="look", role="auditor").order_by("id").values_list("reason", flat=True))
    assert reasons == ["追溯订单全程", "追溯订单全程；用途：核查投诉"]


def test_why_a_referral_was_declined_is_covered_as_well_on_the_page_and_in_the_file(t):
    why = "造口旁疝已嵌顿，须急诊手术。"
    row = alliance.upward(t)
    referrals.decline(referral_id=row.pk, reason=why, by=t.actor(Role.REVIEWER), now=t.now)
    auditor, asked = client(t, Role.AUDITOR), {"subject": str(t.patient.pk)}
    ways = [url("trace_of", "referrals.referral", row.pk), reverse("oversight:trace_patient", args=[t.patient.pk])]

    covered = [said(auditor.get(page)) for page in ways]
    supervised = [said(client(t, Role.SUPERVISOR).get(page)) for page in ways]
    file = auditor.post(url("trace_fhir"), {**asked, "reason": "例行检查"})

    for page in covered:
        assert "已遮盖" in page
        assert why not in page
    assert all(why in page for page in supervised)
    assert file.status_code == 200
    assert "referrals.declined" in text(file)
    assert why not in text(file)
    auditor.post(url("trace_purpose"), {"purpose": "核查投诉"})
    assert why in text(auditor.post(url("trace_fhir"), {**asked, "reason": "核查投诉"}))


def test_a_reason_about_a_person_is_covered_whatever_the_act_is_called():
    line = trace.Line(**dict.fromkeys([one.name for one in fields(trace.Line)], ""))

    assert not fhir.may_touch_on_health(replace(line, object_type="institutions.filing"))
    assert not fhir.may_touch_on_health(replace(line, object_type="accounts.organization", action="orders.exported"))
    assert fhir.may_touch_on_health(replace(line, object_type="education.course", subject_id="9"))
    assert fhir.may_touch_on_health(replace(line, action="patients.registered"))
    for app in ("followups", "referrals", "consults", "logistics", "bedside", "supervision"):
        assert fhir.may_touch_on_health(replace(line, object_type=f"{app}.thing")), app


# --- pages and queries ------------------------------------------------------------------------------------------------


def look_often(t, target, times):
    for n in range(times):
        audit.looked(target=target, by=t.actor(Role.DISPATCHER), now=timezone.now(), why=f"第 {n} 次")


def test_a_page_holds_fifty_and_its_neighbours_follow_by_key(t, desk):
    order = world.order(t)
    look_often(t, t.patient, 120)
    address = pages(t, order)["patient"]

    first = desk.get(address)
    second = desk.get(address, {"before": first.context["page"].earlier})
    back = desk.get(address, {"after": second.context["page"].later})

    ids = [[e["line"].id for e in page.context["entries"]] for page in (first, second, back)]
    assert [len(page) for page in ids] == [50, 50, 50]
    assert ids[0] == sorted(ids[0], reverse=True)
    assert max(ids[1]) < min(ids[0])
    assert ids[2][-1] == min(ids[0])
    assert f"before={first.context['page'].earlier}" in text(first)


def test_every_line_is_on_exactly_one_page_in_both_orders(t):
    order = world.order(t, at=S.COMPLETED)
    look_often(t, order, 30)
    events = timeline.of_order(order)
    everything = [event.pk for event in events.first(1000, "id")]
    assert len(everything) > 60

    for oldest_first in (True, False):
        seen, key = [], {}
        while True:
            page = timeline.page(events, oldest_first=oldest_first, size=13, **key)
            seen += [entry.line.id for entry in page.entries]
            key = {"after": page.later} if oldest_first else {"before": page.earlier}
            if None in key.values():
                break
        assert seen == (everything if oldest_first else everything[::-1])


def test_pages_ask_as_many_queries_for_a_hundred_lines_as_for_one(t, desk):
    order = world.order(t, at=S.COMPLETED)
    watched = [*pages(t, order).values(), url("heads")]
    one = [count(desk, page) for page in watched]

    look_often(t, order, 100)
    look_often(t, t.patient, 100)
    for n in range(30):
        nurses.update_standing(
            nurse_id=t.nurse.pk, phone=f"139000{n:05}", by=t.actor(Role.CENTRE_ADMIN), now=timezone.now()
        )

    many = [count(desk, page) for page in watched]
    assert all(now <= before for now, before in zip(many, one, strict=True)), (one, many)


# --- search -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def auditor(t):
    return client(t, Role.AUDITOR)


def search(auditor, **asked):
    return auditor.post(url("trace"), asked)


@pytest.mark.clause("002 五(七)2(2)")
def test_a_person_is_searched_for_without_a_name_or_a_number_in_the_address(t, auditor):
    facts = persons.facts(name="沈阿婆")
    someone = patients.register(**facts, by=places.SETUP, now=t.now)
    world.order(t)

    by_name = search(auditor, who="周建国")
    by_phone = search(auditor, who=facts["phone"])
    by_number = search(auditor, who=facts["identity_number"])

    assert by_name.url == f"{url('trace')}?account={t.users[Role.DISPATCHER].pk}"
    assert by_phone.url == by_number.url == f"{url('trace')}?subject={someone.pk}"
    lines = auditor.get(by_name.url)
    assert {e["line"].who for e in lines.context["entries"]} == {"周建国"}
    assert "办理人 周建国" in text(lines)
    found = auditor.get(by_phone.url)
    assert "实名登记" in text(found)
    assert "沈阿婆" not in text(found)
    recorded = "".join(traces.events().values_list("reason", flat=True))
    assert not any(secret in recorded for secret in (facts["phone"], facts["identity_number"], "周建国"))


def test_several_of_one_name_are_a_choice_and_nobody_is_an_error_with_what_was_typed_kept(t, auditor):
    for n in range(2):
        places.person("王芳", username=f"wangfang{n}")

    several = search(auditor, who="王芳", outcome="ok")
    nobody = search(auditor, who="查无此人", number="D1")
    backwards = search(auditor, since="2026-11-20", until="2026-11-01")

    choices = several.context["choices"]
    assert [choice["label"] for choice in choices] == ["王芳，账号 wangfang0", "王芳，账号 wangfang1"]
    assert all("outcome=ok" in choice["url"] and "王芳" not in choice["url"] for choice in choices)
    assert nobody.status_code == 422
    assert "没有找到" in text(nobody)
    assert "查无此人" in text(nobody)
    assert backwards.status_code == 422


def test_a_request_number_joins_what_one_press_did(t, auditor):
    order = world.order(t)
    auditor.get(pages(t, order)["order"])
    asked = traces.events().filter(kind="look", object_type="orders.order").get()

    found = auditor.get(url("trace"), {"request": asked.request_id}).context["entries"]

    assert asked.request_id
    assert [e["line"].id for e in found] == [asked.pk]


def test_each_row_leads_to_the_trace_of_its_object(t, auditor):
    order = world.order(t, at=S.COMPLETED)
    kinds = {
        ("orders.order", order.pk): pages(t, order)["order"],
        ("patients.patient", t.patient.pk): pages(t, order)["patient"],
        ("nurses.nurse", t.nurse.pk): pages(t, order)["nurse"],
        ("accounts.user", t.users[Role.DISPATCHER].pk): pages(t, order)["account"],
    }

    for (kind, pk), address in kinds.items():
        assert auditor.get(url("trace_of", kind, pk)).url == address
    request = auditor.get(url("trace_of", "orders.servicerequest", order.request_id))
    assert "提交申请" in text(request)
    assert auditor.get(url("trace_of", "orders.servicerequest", 10**9)).status_code == 404
    assert auditor.get(url("trace_of", "orders.order", 10**9)).status_code == 404
    listed = text(auditor.get(url("trace"), {"action": "orders.request_received"}))
    assert url("trace_of", "orders.servicerequest", order.request_id) in listed


def test_the_search_pages_by_key_at_the_same_cost(t, auditor):
    order = world.order(t)
    one = count(auditor, url("trace"))
    look_often(t, order, 120)

    first = auditor.get(url("trace"), {"action": "orders.looked"})

    assert len(first.context["entries"]) == 50
    assert f"action=orders.looked&amp;before={first.context['page'].earlier}" in text(first)
    assert count(auditor, url("trace")) <= one


# --- seals ------------------------------------------------------------------------------------------------------------


def seal():
    Sealer().seal(heartbeat=True)


def test_before_the_first_seal_the_pages_say_so(t, desk):
    page = said(desk.get(url("heads")))

    assert "还没有" in page
    assert desk.get(url("heads_one", 10**9)).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("002 三(一)", "002 五(七)2(2)")
def test_what_is_sealed_leads_to_its_head_and_the_head_to_its_note(t, desk):
    order = world.order(t, at=S.COMPLETED)
    seal()

    page = desk.get(pages(t, order)["order"])
    heads = {e["entry"].head for e in page.context["entries"] if e["line"].kind == "act"}
    (n,) = heads
    note = desk.get(url("heads_one", n))

    assert f"已封存 #{n}" in said(page)
    assert url("heads_one", n) in text(page)
    assert f"head {n}" in text(note)
    assert "复制" in text(note)
    assert f"#{n}" in said(desk.get(url("heads")))
    assert client(t, Role.CENTRE_ADMIN).get(reverse("centre:heads_one", args=[n])).status_code == 200
    assert verify.parse_note(note.context["head"]["row"].note).more["head"] == str(n)
    public = client(t, Role.PROXY).get("/checking/")
    assert note.context["era"].verifier in text(public)


# --- evidence ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("002 三(一)")
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR, Role.CENTRE_ADMIN, Role.PROXY])
def test_an_order_is_exported_as_a_pack_that_proves_itself(t, role):
    order = world.order(t, at=S.COMPLETED)
    seal()
    address = {
        Role.CENTRE_ADMIN: reverse("centre:orders_pack", args=[order.number]),
        Role.PROXY: reverse("family:evidence", args=[order.number]),
    }.get(role, url("orders_pack", order.number))
    reason = "自己或家人留存" if role == Role.PROXY else "处理投诉"

    answer = client(t, role).post(address, {"reason": reason})

    assert answer.status_code == 200, text(answer)
    assert answer["Content-Disposition"] == f'attachment; filename="evidence-{order.number}.zip"'
    report = verify.check(answer.content)
    assert not report.failed, str(report)
    members = verify.read_pack(answer.content)
    pack = json.loads(members["pack.json"])
    act = traces.act("orders.evidence_exported")
    assert act.data["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert act.data["events"] == sum(len(group["events"]) for group in pack["proofs"]) + len(pack["unsealed"])
    assert (act.role, act.reason) == (role, reason)
    assert {document["object"].partition(":")[0] for document in pack["documents"]} >= {
        "patients.consent", "clinical.assessment", "clinical.prescription", "clinical.visitrecord",
    }  # fmt: skip
    page = members["说明.html"].decode()
    assert (t.patient.name in page) == (role != Role.AUDITOR)
    for words in (order.number, "签署同意书", "确认完成", "verify.py", "SHA-256"):
        assert words in page


@pytest.mark.django_db(transaction=True)
def test_what_was_changed_past_the_platform_goes_along_as_evidence(t, desk):
    order = world.order(t, at=S.COMPLETED)
    by_hand("UPDATE orders_order SET minutes = 5 WHERE id = %s", order.pk)
    seal()

    pack = desk.post(url("orders_pack", order.number), {"reason": "核查"}).content

    leaves = [
        verify.decode_leaf(verify.unb64(event["leaf"]))
        for group in json.loads(verify.read_pack(pack)["pack.json"])["proofs"]
        for event in group["events"]
    ]
    assert [leaf["data"] for leaf in leaves if leaf["kind"] == "row" and leaf["act_id"] is None] == [
        {"minutes": [order.minutes, 5]}
    ]


def test_an_export_says_what_for_and_is_not_for_everybody(t, desk):
    order = world.order(t, at=S.COMPLETED)

    silent = desk.post(url("orders_pack", order.number), {"reason": " "})
    inspector = client(t, Role.QC_INSPECTOR)

    assert silent.status_code == 422
    assert "请填写导出原因" in text(silent)
    assert inspector.post(url("orders_pack", order.number), {"reason": "看看"}).status_code == 403
    assert "导出证据包" not in text(inspector.get(pages(t, order)["order"]))
    stranger = places.person("路人", username="stranger")
    t.users["stranger"] = stranger
    assert client(t, "stranger").post(reverse("family:evidence", args=[order.number])).status_code == 404
    assert traces.acts("orders.evidence_exported") == []


def test_the_range_on_the_page_is_exported_as_fhir_and_the_export_is_an_act(t, auditor):
    world.order(t, at=S.COMPLETED)
    today = timezone.localdate()
    asked = {"since": today - timedelta(days=2), "until": today + timedelta(days=1), "only": "act"}  # by the database

    silent = auditor.post(url("trace_fhir"), asked)
    answer = auditor.post(url("trace_fhir"), {**asked, "reason": "季度检查"})
    empty = auditor.post(url("trace_fhir"), {"since": "2020-01-01", "until": "2020-01-02", "reason": "季度检查"})

    assert silent.status_code == 422
    lines = [json.loads(line) for line in answer.content.decode().splitlines()]
    act = traces.act("orders.trace_exported")
    assert act.data == {"sha256": hashlib.sha256(answer.content).hexdigest(), "events": len(lines)}
    assert act.reason.startswith("季度检查；范围：")
    assert {line["resourceType"] for line in lines} == {"AuditEvent"}
    assert empty.status_code == 422
    assert client(t, Role.SUPERVISOR).post(url("trace_fhir"), {**asked, "reason": "季度检查"}).status_code == 403


# --- the family -------------------------------------------------------------------------------------------------------


@pytest.fixture
def family(t):
    return client(t, Role.PROXY)


def family_url(name, *args):
    return reverse(f"family:{name}", args=args)


@pytest.mark.clause("002 五(八)")
def test_a_family_sees_who_of_the_staff_looked_and_why_day_by_day(t, family):
    empty = said(family.get(family_url("looks", t.patient.pk)))
    audit.looked(target=t.patient, by=t.actor(Role.DOCTOR), now=timezone.now(), why="首诊前查看", role="doctor")
    yesterday = timezone.now() - timedelta(days=1)
    audit.looked(target=t.patient, by=t.actor(Role.DISPATCHER), now=yesterday, why="核对地址", role="dispatcher")
    family.get(family_url("data", t.patient.pk))

    page = said(family.get(family_url("looks", t.patient.pk)))

    assert "没有工作人员查看过" in empty
    for words in ("陈立群", "家庭医生", "为什么看：首诊前查看", "周建国", "今天", "昨天"):
        assert words in page, words
    assert "家属查看登记资料" not in page
    assert family_url("looks", t.patient.pk) in text(family.get(family_url("people")))


@pytest.mark.django_db(transaction=True)
def test_a_family_takes_the_receipt_of_a_look_and_only_of_its_own(t, family):
    audit.looked(target=t.patient, by=t.actor(Role.DOCTOR), now=timezone.now(), why="首诊前查看", role="doctor")
    other = persons.patient(by=places.SETUP, now=t.now, name="别家老人")
    audit.looked(target=other, by=t.actor(Role.DOCTOR), now=timezone.now(), why="首诊前查看", role="doctor")
    own, foreign = traces.events().filter(kind="look").order_by("id")

    early = family.get(family_url("receipt", t.patient.pk, own.pk), follow=True)
    seal()
    page = text(family.get(family_url("looks", t.patient.pk)))
    answer = family.get(family_url("receipt", t.patient.pk, own.pk))

    assert "还没有封存" in text(early)
    assert family_url("receipt", t.patient.pk, own.pk) in page
    assert not verify.check(answer.content).failed
    assert verify.decode_leaf(verify.unb64(answer.json()["leaf"]))["id"] == own.pk
    assert family.get(family_url("receipt", t.patient.pk, foreign.pk)).status_code == 404
    assert family.get(family_url("receipt", other.pk, foreign.pk)).status_code == 404


def test_the_looks_page_costs_the_same_for_one_and_for_fifty(t, family):
    address = family_url("looks", t.patient.pk)
    look_often(t, t.patient, 1)
    one = count(family, address)
    look_often(t, t.patient, 60)

    with counted() as queries:
        page = family.get(address)

    assert len(queries) == one
    assert "看更早的" in text(page)
