"""The pages around an account that applies for many: what the desk reads and writes down, what the family is told."""

import pytest
from django.urls import reverse

from accounts.roles import Role
from orders.lifecycle import RequestStatus as Q
from orders.models import BookingCheck, ServiceRequest
from tests import world
from tests.desks.offices import client
from tests.desks.test_family import answer_all, signed_in, text, url
from tests.services.test_bookings import choose, tout
from tests.world.chain import fresh

pytestmark = [pytest.mark.django_db, pytest.mark.clause("003 二(一)1四")]


@pytest.fixture
def t(clock):
    return world.town()


@pytest.fixture
def desk(t):
    return client(t, Role.DISPATCHER)


def at(name, row, *more):
    return reverse(f"dispatch:{name}", args=[row.number, *more])


def test_the_desk_reads_the_figures_writes_down_what_it_heard_and_receives(t, desk):
    _, row = tout(t)

    page = text(desk.get(at("request", row)))
    assert "该账号近 30 天为 5 位服务对象提交申请，请核实是否代人抢号" in page
    assert "003 二(一)1四" in page
    assert at("request_step", row, "receive") not in page

    # an older page that still shows the button
    refused = desk.post(at("request_step", row, "receive"))
    assert refused.status_code == 422
    assert "请先登记核实结果，再受理" in text(refused)

    empty = desk.post(at("booking", row), {"how": "", "words": ""})
    assert empty.status_code == 422
    assert "请选择怎样核实" in text(empty)

    assert desk.post(at("booking", row), {"how": "phone", "words": "打电话\0问过"}).status_code == 400

    said = {"how": "phone", "words": "打电话问过本人，是自己请邻居代填的"}
    assert desk.post(at("booking", row), said).status_code == 302
    assert desk.post(at("booking", row), said).status_code == 302  # the button was pressed twice
    assert BookingCheck.objects.count() == 1

    page = text(desk.get(at("request", row)))
    assert "打电话问过服务对象本人：打电话问过本人，是自己请邻居代填的" in page
    assert "请核实是否代人抢号" not in page
    assert desk.post(at("request_step", row, "receive")).status_code == 302
    assert fresh(row).status == Q.RECEIVED


def test_the_desk_declines_with_this_clause_from_its_list(t, desk):
    _, row = tout(t)

    desk.post(at("request_step", row, "decline"), {"clause": "003 二(一)1四", "reason": "本人说没有申请。"})

    assert (fresh(row).status, fresh(row).outcome_clause) == (Q.DECLINED, "003 二(一)1四")


def test_an_ordinary_request_says_nothing_of_it(t, desk):
    page = text(desk.get(at("request", world.request(t))))

    assert "抢号" not in page.replace("代人抢号（003 二(一)1四）", "")
    assert "受理" in page


def test_whoever_has_applied_for_too_many_is_told_whom_to_call_and_keeps_what_was_filled_in(t):
    choose(t, most_patients=3)
    user, _ = tout(t, 3)
    family = signed_in(user)
    answer_all(family, relation="朋友或邻居")
    before = ServiceRequest.objects.count()

    refused = family.post(url("apply_send"))

    assert refused.status_code == 422
    assert "为防止代人抢号，暂时不能再在线提交" in text(refused)
    assert t.centre.phone in text(refused)
    assert "003 二(一)1四" in text(refused)
    assert ServiceRequest.objects.count() == before
