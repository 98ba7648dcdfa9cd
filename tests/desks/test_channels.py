"""The pages around ways out of the house: one's own choice, the desk's calls, the district's view of letters."""

from datetime import time

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from notifications import services as messages
from notifications.lifecycle import CallStatus
from notifications.models import Call, Delivery, Reach
from tests.desks import offices
from tests.desks.offices import client, count, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def t():
    made = offices.town()
    made.users[Role.PROXY].display_name = "沈家明"
    return made


def tell(t, n=1, *, by_voice=True):
    messages.choose_reach(
        phone="15400000001", by_sms=not by_voice, by_voice=by_voice, quiet_from=time(21), quiet_until=time(8),
        by=t.actor(Role.PROXY), now=t.now,
    )  # fmt: skip
    for i in range(n):
        letter = messages.Letter(
            t.users[Role.PROXY].pk, "family.accepted", "护士已约好上门时间", "护士将为沈玉兰上门。"
        )
        messages.tell(
            event="orders.accepted", event_id=i + 1, letters=[letter], organisation_id=t.centre.pk,
            patient_id=t.patient.pk, now=t.now,
        )  # fmt: skip


@pytest.mark.parametrize("role", [Role.PROXY, Role.DISPATCHER])
def test_a_person_chooses_how_to_be_told_and_sees_it_again(t, role):
    browser, url = client(t, role), reverse("account:reach")
    wish = {"by_sms": "on", "phone": "154-0000-0002", "quiet_from": "22:00", "quiet_until": "07:30"}

    assert browser.post(url, wish).status_code == 302

    row = Reach.objects.get(person=t.users[role])
    assert (row.phone, row.by_sms, row.by_voice, row.quiet_from) == ("15400000002", True, False, time(22))
    assert "15400000002" in text(browser.get(url))


def test_a_wrong_number_is_said_beside_its_field_and_what_was_typed_stays(t):
    answer = client(t, Role.PROXY).post(
        reverse("account:reach"), {"by_sms": "on", "phone": "12", "quiet_from": "21:00", "quiet_until": "08:00"}
    )

    assert answer.status_code == 422
    assert "请填写 11 位手机号" in text(answer)
    assert 'value="12"' in text(answer)
    assert not Reach.objects.exists()


@pytest.mark.clause("002 五(四)")
def test_the_desk_sees_whom_to_call_with_the_number_and_closes_the_call(t):
    tell(t)
    browser, call = client(t, Role.DISPATCHER), Call.objects.get()
    assert "沈家明" in text(browser.get(reverse("dispatch:calls")))
    page = text(browser.get(reverse("dispatch:call", args=[call.pk])))
    assert "15400000001" in page
    assert "护士将为沈玉兰上门。" in page

    refused = browser.post(reverse("dispatch:call_step", args=[call.pk, "give_up"]), {"outcome": ""})
    assert refused.status_code == 422
    assert "请写明联系不上的经过" in text(refused)
    done = browser.post(reverse("dispatch:call_step", args=[call.pk, "tell"]), {"version": call.version})

    assert done.status_code == 302
    call.refresh_from_db()
    assert call.status == CallStatus.DONE
    assert "已告知" in text(browser.get(reverse("dispatch:calls")))


def test_a_stale_screen_is_told_so_and_another_centre_s_call_is_not_there(t):
    tell(t)
    call, browser = Call.objects.get(), client(t, Role.DISPATCHER)

    stale = browser.post(reverse("dispatch:call_step", args=[call.pk, "tell"]), {"version": call.version + 5})
    assert stale.status_code == 422
    assert "刚被他人更新" in text(stale)
    assert browser.get(reverse("dispatch:call", args=[call.pk + 1000])).status_code == 404
    assert browser.post(reverse("dispatch:call_step", args=[call.pk, "nonsense"])).status_code == 404
    for role in (Role.DOCTOR, Role.NURSE, Role.SUPERVISOR):
        assert client(t, role).get(reverse("dispatch:calls")).status_code == 403


def test_the_district_sees_titles_and_states_and_nobody_s_name(t):
    tell(t, by_voice=False)
    messages.carry(timezone.now())
    browser = client(t, Role.SUPERVISOR)

    page = text(browser.get(reverse("oversight:deliveries")))

    assert "护士已约好上门时间" in page
    assert "沈玉兰" not in page
    assert "15400000001" not in page
    assert "没有这样的消息" in text(browser.get(reverse("oversight:deliveries"), {"state": "dead"}))
    assert client(t, Role.DISPATCHER).get(reverse("oversight:deliveries")).status_code == 403


def test_lists_cost_the_same_with_one_row_and_with_many(t):
    desk, district = client(t, Role.DISPATCHER), client(t, Role.SUPERVISOR)
    tell(t)
    tell(t, by_voice=False)
    messages.choose_reach(
        phone="15400000001", by_sms=True, by_voice=True, quiet_from=time(21), quiet_until=time(8),
        by=t.actor(Role.PROXY), now=t.now,
    )  # fmt: skip
    one_more = messages.Letter(t.users[Role.PROXY].pk, "family.accepted", "护士已约好上门时间", "护士将上门。")

    def several(first, n):
        for i in range(n):
            messages.tell(
                event="orders.accepted", event_id=first + i, letters=[one_more], organisation_id=t.centre.pk,
                patient_id=t.patient.pk, now=t.now,
            )  # fmt: skip

    several(1000, 1)
    before = count(desk, reverse("dispatch:calls")), count(district, reverse("oversight:deliveries"))
    several(2000, 30)

    assert Call.objects.count() > 30
    assert Delivery.objects.count() > 30
    assert (count(desk, reverse("dispatch:calls")), count(district, reverse("oversight:deliveries"))) == before
