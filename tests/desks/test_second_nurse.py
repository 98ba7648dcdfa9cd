"""Two nurses for one visit, as the desk, both nurses and the family see it on their pages."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit.models import Event
from kernel import identity
from notifications.models import Message
from orders.lifecycle import CompanionStatus as C
from orders.lifecycle import OrderStatus as S
from orders.services import companions
from patients import privacy
from tests import world
from tests.api.callers import caller
from tests.services.test_notifications import deliver_all
from tests.world import persons
from tests.world.chain import walk

pytestmark = pytest.mark.django_db
REASON = "服务对象体重较大，翻身须两人"


@pytest.fixture
def t(monkeypatch, settings):
    """A town at its own nine o'clock, with a second nurse."""
    settings.SESSION_COOKIE_AGE = 400 * 24 * 3600
    monkeypatch.setattr(timezone, "now", lambda: world.NOW)
    town = world.town()
    town.second = persons.nurse(town.centre, name="陈洁")
    town.users["second"] = town.second.user
    return town


def signed_in(t, who):
    client = Client()
    client.force_login(t.users[who])
    return client


def text(answer):
    return answer.content.decode()


def pair(client, order, name, **data):
    return client.post(reverse("dispatch:order_pair", args=[order.number, name]), data)


def along(seat, *name):
    return reverse("nurse:along_take" if name else "nurse:along", args=[seat.pk, *name])


def asked(t):
    order = world.order(t, at=S.AWAITING_DISPATCH)
    desk = {"by": t.actor(Role.DISPATCHER), "now": t.now}
    companions.require_two(order_id=order.pk, reason=REASON, **desk)
    order = walk(t, order, S.ACCEPTED)
    return order, companions.offer_companion(order_id=order.pk, nurse_id=t.second.pk, **desk)


def test_the_desk_asks_for_two_and_chooses_the_second_from_a_judged_list(t):
    order, desk = world.order(t, at=S.ACCEPTED), signed_in(t, Role.DISPATCHER)
    persons.nurse(t.centre, name="徐静", fails="licence")
    page = reverse("dispatch:order", args=[order.number])

    alone = text(desk.get(page))
    pair(desk, order, "require", reason=REASON)
    listed = text(desk.get(page))
    queue = text(desk.get(reverse("dispatch:queue")))
    pair(desk, order, "offer", nurse=t.second.pk)
    waiting = text(desk.get(page))

    assert "还差同行护士" not in alone
    assert "还差同行护士" in listed
    assert REASON in listed
    assert '邀请同行<span class="sr">：陈洁</span>' in listed
    assert "：顾晓雯</span>" not in listed
    assert "为什么其他 1 名护士不能同行" in listed
    assert "还差同行护士" in queue
    assert "同行护士还没有答复" in waiting
    assert order.companions.get().status == C.OFFERED


def test_a_refusal_and_what_was_typed_stay_on_the_desk_s_page(t):
    order, desk = world.order(t, at=S.ACCEPTED), signed_in(t, Role.DISPATCHER)

    without = pair(desk, order, "require", reason="")
    pair(desk, order, "require", reason=REASON)
    herself = pair(desk, order, "offer", nurse=t.nurse.pk)
    nobody = pair(desk, order, "release", reason="换人")
    unknown = pair(desk, order, "invent")

    assert without.status_code == 422
    assert "请填写原因" in text(without)
    assert "同行护士须是另一位护士" in text(herself)
    assert "现在没有同行护士" in text(nobody)
    assert unknown.status_code == 404


def test_the_desk_frees_the_second_nurse_and_waives_the_demand(t):
    order, seat = asked(t)
    desk = signed_in(t, Role.DISPATCHER)

    pair(desk, order, "release", reason="换一位更近的护士")
    assert world.fresh(seat).status == C.RELEASED
    pair(desk, order, "waive", reason="家属可以协助")
    assert not world.fresh(order).needs_two


def test_the_second_nurse_reads_what_she_needs_and_the_address_only_after_her_yes(t):
    order, seat = asked(t)
    phone, street = signed_in(t, "second"), privacy.address_line(order.address)

    today = text(phone.get(reverse("nurse:today")))
    before = text(phone.get(along(seat)))
    answer = phone.post(along(seat, "accept"))
    after = text(phone.get(along(seat)))
    week = text(phone.get(reverse("nurse:schedule")))

    assert "请您同行" in today
    assert identity.mask_name(t.patient.name) in before
    assert street not in before
    assert REASON in before
    assert answer.status_code == 302
    assert street in after
    assert t.patient.name in after
    assert "与顾晓雯同行" in week
    looks = Event.objects.filter(kind=Event.Kind.LOOK, object_type="orders.companion", object_id=str(seat.pk))
    assert {look.subject_id for look in looks} == {str(t.patient.pk)}


def test_she_says_no_with_a_reason(t):
    order, seat = asked(t)
    phone = signed_in(t, "second")

    silent = phone.post(along(seat, "decline"))
    phone.post(along(seat, "decline"), {"why": "身体不适"})

    assert silent.status_code == 422
    assert (world.fresh(seat).status, world.fresh(seat).reason) == (C.DECLINED, "身体不适")


def test_she_steps_back_and_reads_no_address_any_more(t):
    order, seat = asked(t)
    phone, street = signed_in(t, "second"), privacy.address_line(order.address)
    phone.post(along(seat, "accept"))

    phone.post(along(seat, "give_back"), {"why": "家中有急事"})

    assert world.fresh(seat).status == C.GIVEN_BACK
    assert street not in text(phone.get(along(seat)))


def test_a_seat_of_somebody_else_is_not_there(t):
    _, seat = asked(t)

    assert signed_in(t, Role.NURSE).get(along(seat)).status_code == 404
    assert signed_in(t, Role.NURSE).post(along(seat, "accept")).status_code == 404
    assert world.fresh(seat).status == C.OFFERED


@pytest.mark.clause("000 五(十六)")
def test_the_first_nurse_sees_who_comes_along_and_cannot_set_out_before(t):
    order, seat = asked(t)
    phone = signed_in(t, Role.NURSE)
    visit, depart = (
        reverse("nurse:visit", args=[order.number]), reverse("nurse:take", args=[order.number, "depart"]),
    )  # fmt: skip

    waiting, refused = text(phone.get(visit)), phone.post(depart)
    signed_in(t, "second").post(along(seat, "accept"))
    sure = text(phone.get(visit))

    assert "同行护士还没有确定" in waiting
    assert refused.status_code == 422
    assert "须两人同行" in text(refused)
    assert world.fresh(order).status == S.ACCEPTED
    assert "陈洁与您同行" in sure


def test_the_family_sees_both_names(t):
    order, seat = asked(t)
    family, page = signed_in(t, Role.PROXY), reverse("family:order", args=[order.number])

    before = text(family.get(page))
    signed_in(t, "second").post(along(seat, "accept"))
    after = text(family.get(page))

    assert "陈洁" not in before
    assert "顾晓雯" in after
    assert "与陈洁" in after


def test_everybody_concerned_is_told_and_the_messages_open_their_page(t):
    order, seat = asked(t)
    companions.accept(companion_id=seat.pk, by=t.actor("second"), now=t.now)
    companions.give_back(companion_id=seat.pk, reason="摔伤", by=t.actor("second"), now=t.now + timedelta(minutes=5))
    deliver_all()

    told = {who: list(Message.objects.filter(person=t.users[who]).order_by("pk")) for who in t.users}
    words = {who: [m.template for m in letters if ".along" in m.template] for who, letters in told.items()}
    assert words["second"] == ["nurse.along"]
    assert words[Role.NURSE] == ["nurse.along_coming", "nurse.along_lost"]
    assert words[Role.DISPATCHER] == ["desk.along", "desk.along_given_back"]
    assert words[Role.PROXY] == ["family.along"]
    invitation = next(m for m in told["second"] if m.template == "nurse.along")
    assert signed_in(t, "second").get(invitation.link).status_code == 200
    assert "摔伤" not in "".join(m.text for letters in told.values() for m in letters)


def test_a_program_reads_of_both_nurses(t):
    order, seat = asked(t)

    told = caller(t.users[Role.DISPATCHER]).ask(f"orders/{order.number}/").json()

    assert told["needs_two"] is True
    assert [(one["nurse"]["name"], one["status"]) for one in told["companions"]] == [("陈洁", "offered")]
