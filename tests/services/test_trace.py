"""The trace in words: every event has a label, every line says who, under which post, where and when."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts.roles import Role
from audit import services as audit
from clinical.lifecycle import ASSESSMENT, PRESCRIPTION
from kernel.refusals import Hidden, Refused
from orders import services, trace
from orders.lifecycle import ORDER, REQUEST, OrderStatus
from orders.models import Order
from tests import world
from tests.world import places
from tests.world.chain import walk

APPS = [
    "accounts", "audit", "institutions", "catalog", "patients", "nurses", "clinical", "orders", "safety", "logistics",
    "followups", "education", "referrals", "consults", "supervision", "indicators", "reporting", "bedside",
    "notifications", "desks",
]  # fmt: skip
SAID = re.compile(
    r'(?:recording|_writing)\(\s*(?:record_id,\s*)?"([a-z]+\.[a-z_]+)"|(?:event|action)="([a-z]+\.[a-z_]+)"'
)


def events_in_the_code() -> set[str]:
    found = set()
    for app in APPS:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            for names in SAID.findall(path.read_text(encoding="utf-8")):
                found |= {name for name in names if name}
    return found


def test_every_event_in_the_code_has_a_chinese_label():
    events = events_in_the_code()

    assert len(events) > 100
    assert {step.event for flow in (REQUEST, ORDER, ASSESSMENT, PRESCRIPTION) for step in flow.steps} <= events
    assert sorted(events - set(trace.ACTIONS)) == []
    assert all(re.search("[\u4e00-\u9fff]", label) for label in trace.ACTIONS.values())


def test_no_label_is_left_of_an_event_that_is_gone():
    looks = {f"{app}.looked" for app in APPS}

    assert sorted(set(trace.ACTIONS) - events_in_the_code() - looks) == []


@pytest.mark.django_db
def test_an_order_s_trace_tells_its_life_from_the_application_on():
    t = world.town()
    order = world.order(t, at=OrderStatus.COMPLETED)
    audit.looked(target=order, by=t.actor(Role.SUPERVISOR), now=t.now, why="抽查")

    lines = trace.order_trace(order)

    labels = [line.label for line in lines]
    life = ["提交申请", "受理", "安排首诊", "首诊签名", "开具项目", "签署同意书", "派单", "接单", "出发", "到达签到"]
    assert [label for label in labels if label in life] == life
    assert labels[-2:] == ["确认完成", "查看申请或订单"]
    offered = next(line for line in lines if line.action == "orders.offered")
    assert (offered.who, offered.role_label) == (t.users[Role.DISPATCHER].display_name, "中心专员")
    assert offered.organisation == str(t.centre)
    assert offered.happened_at == t.now
    assert (lines[-1].kind_label, lines[-1].reason) == ("查看", "抽查")
    created = next(line for line in lines if line.action == "orders.created")
    assert created.who == "平台自动处理"


@pytest.mark.django_db
def test_a_refused_try_stands_in_the_trace_with_its_reason():
    t = world.town()
    order = world.order(t)
    with pytest.raises(Refused):
        services.cancel(order_id=order.pk, reason="不想要了", by=t.actor(Role.SUPERVISOR), now=t.now)

    last = trace.order_trace(order)[-1]

    assert (last.kind, last.outcome_label) == ("refusal", "被拒绝")
    assert last.reason == "「取消」不在您的权限内。"
    assert last.data["reasons"][0]["code"] == "step.not_yours"


@pytest.mark.django_db
def test_one_order_s_trace_holds_nothing_of_another():
    t = world.town()
    first, second = world.order(t), world.order(t)

    objects = {line.id for line in trace.order_trace(first)} & {line.id for line in trace.order_trace(second)}

    assert objects == set()


@pytest.mark.django_db
def test_a_trace_costs_the_same_however_long_it_is(django_assert_num_queries):
    t = world.town()
    order = first_order(t)
    with django_assert_num_queries(5):
        trace.order_trace(order)
    walk(t, order, OrderStatus.COMPLETED)
    order = first_order(t)
    with django_assert_num_queries(5):
        trace.order_trace(order)


def first_order(t):
    known = Order.objects.select_related("request").first()
    return known or Order.objects.select_related("request").get(pk=world.order(t).pk)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.REVIEWER, Role.SUPERVISOR, Role.AUDITOR, Role.CENTRE_ADMIN])
def test_those_who_oversee_and_the_centre_read_the_trace(role):
    t = world.town()
    order = world.order(t)

    assert trace.readable_order(actor=t.actor(role), number=order.number) == order


@pytest.mark.django_db
def test_families_nurses_and_other_centres_do_not():
    t = world.town()
    order = world.order(t, at=OrderStatus.ACCEPTED)
    elsewhere = places.staff(places.bare_centre(t.hospital, name="塘桥"), Role.DISPATCHER)

    for by in (t.actor(Role.PROXY), t.actor(Role.NURSE), elsewhere):
        with pytest.raises(Hidden):
            trace.readable_order(actor=by, number=order.number)
