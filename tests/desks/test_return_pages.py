"""The day of return on the pages: asked where blood is taken, refused beside the field, read by whoever plans."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.roles import Role
from orders.lifecycle import RequestStatus as Q
from orders.models import ServiceRequest
from patients.models import ApplicationDraft
from tests import world
from tests.desks.offices import client
from tests.desks.test_family import answer, answer_all, signed_in, text, url
from tests.world.chain import fresh, sign

pytestmark = [pytest.mark.django_db, pytest.mark.clause("003 二(一)2")]
BLOOD, VITAL_SIGNS = 11, 14
ASKED = "哪一天去医院复诊"


@pytest.fixture
def t(clock):
    return world.town()


@pytest.fixture
def family(t):
    return signed_in(t.users[Role.PROXY])


@pytest.fixture
def desk(t):
    return client(t, Role.DISPATCHER)


def on(days):
    return world.NOW.date() + timedelta(days=days)


def half(days, key="am"):
    return f"{on(days):%Y-%m-%d} {key}"


def wish(t, client, number):
    answer_all(client, until="address")
    answer(client, "wish", items=[t.item(number).pk])


# --- the family -------------------------------------------------------------------------------------------------------


def test_a_family_whose_blood_is_taken_says_when_it_goes_back_to_the_doctor(t, family):
    wish(t, family, BLOOD)
    assert ASKED in text(family.get(url("apply", "when")))
    assert answer(family, "when", window=half(2), return_on=str(on(5))).status_code == 302
    assert "复诊日期" in text(family.get(url("apply_check")))

    family.post(url("apply_send"))

    row = ServiceRequest.objects.get()
    assert row.return_on == on(5)
    assert "复诊日期" in text(family.get(url("request", row.number)))


def test_whoever_needs_no_specimen_is_not_asked(t, family):
    wish(t, family, VITAL_SIGNS)

    assert ASKED not in text(family.get(url("apply", "when")))
    answer(family, "when", window=half(2), return_on=str(on(5)))  # made up by hand
    family.post(url("apply_send"))
    assert ServiceRequest.objects.get().return_on is None


def test_a_time_that_is_too_late_is_refused_beside_it_and_what_was_typed_is_kept(t, family):
    wish(t, family, BLOOD)

    refused = answer(family, "when", window=half(4), return_on=str(on(5)))

    assert refused.status_code == 422
    last = on(3)
    assert f"最晚须在 {last.month} 月 {last.day} 日上门采样" in text(refused)
    assert refused.context["form"].errors.keys() == {"window"}
    assert f'value="{on(5)}"' in text(refused)

    soon = answer(family, "when", window=half(1), return_on=str(on(1)))
    assert soon.context["form"].errors.keys() == {"return_on"}


def test_whoever_drops_the_blood_again_is_not_held_to_the_day(t, family):
    wish(t, family, BLOOD)
    answer(family, "when", window=half(2), return_on=str(on(5)))
    answer(family, "wish", items=[t.item(VITAL_SIGNS).pk])

    assert "复诊日期" not in text(family.get(url("apply_check")))
    family.post(url("apply_send"))
    assert ServiceRequest.objects.get().return_on is None
    assert not ApplicationDraft.objects.exists()


# --- the desk ---------------------------------------------------------------------------------------------------------


def apply(t, desk, number=BLOOD, **changed):
    asked = {
        "centre": t.centre.pk, "channel": "phone", "wish": "要抽血查肾功能", "items": [t.item(number).pk],
        "day": str(on(2)), "part": "08:30-11:30", "place": "home", "return_on": str(on(5)), **changed,
    }  # fmt: skip
    desk.post(reverse("dispatch:new"), {"kind": "resident_id", "number": "", "phone": "15400000000"})
    return desk.post(reverse("dispatch:apply", args=[t.patient.pk]), asked)


def test_the_desk_takes_the_day_down_and_reads_it_everywhere_it_plans(t, desk):
    row = world.request(t, Q.RECEIVED, numbers=(BLOOD,), return_on=on(5))
    last = on(3)
    said = f"须在 {last.month} 月 {last.day} 日前（含当日）采样，供 {on(5).month} 月 {on(5).day} 日复诊"

    pages = [reverse("dispatch:queue"), reverse("dispatch:request", args=[row.number])]
    pages += [reverse("dispatch:planner_day", args=[str(on(1))])]
    pages += [reverse("dispatch:planner_request", args=[str(on(1)), row.number])]
    assert [page for page in pages if said not in text(desk.get(page))] == []


def test_an_orders_pages_say_it_too(t, desk):
    order = world.request(t, Q.PRESCRIBED, numbers=(BLOOD,), return_on=on(5)).orders.get()
    sign(t, order.pk)
    said = f"供 {on(5).month} 月 {on(5).day} 日复诊"

    pages = [reverse("dispatch:queue"), reverse("dispatch:order", args=[order.number])]
    pages += [reverse("dispatch:planner_day", args=[str(on(1))])]
    pages += [reverse("dispatch:planner_order", args=[str(on(1)), order.number])]
    pages += [reverse("dispatch:request", args=[order.request.number])]
    assert [page for page in pages if said not in text(desk.get(page))] == []


def test_an_application_at_the_desk_hears_the_same_rule_beside_its_day(t, desk):
    refused = apply(t, desk, day=str(on(4)))

    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == {"day"}
    assert apply(t, desk, VITAL_SIGNS).context["form"].errors.keys() == {"return_on"}
    assert apply(t, desk).status_code == 302
    assert ServiceRequest.objects.get().return_on == on(5)


def test_the_desk_changes_the_day_on_the_requests_page(t, desk):
    row = world.request(t, numbers=(BLOOD,), return_on=on(5))
    page, change = (reverse(f"dispatch:{name}", args=[row.number]) for name in ("request", "return_day"))
    assert change in text(desk.get(page))

    refused = desk.post(change, {"return_on": str(on(1)), "was": str(on(5))})
    assert refused.status_code == 422
    assert "来不及" in text(refused)
    for nonsense in ("乱写", "0001-01-01", "9999-12-31"):
        assert desk.post(change, {"return_on": nonsense, "was": str(on(5))}).status_code == 422

    assert f'name="was" value="{on(5)}"' in text(desk.get(page))
    desk.post(change, {"return_on": str(on(8)), "was": str(on(5))})
    assert fresh(row).return_on == on(8)
    stale = desk.post(change, {"return_on": str(on(9)), "was": str(on(5))})  # an older page
    assert "复诊日期刚被他人更新" in text(stale)
    desk.post(change, {"return_on": "", "was": str(on(8))})
    assert fresh(row).return_on is None


def test_a_day_that_no_longer_means_anything_can_be_cleared(t, desk):
    row = world.request(t, Q.ASSESSING, numbers=(BLOOD,), return_on=on(5))
    row.wished_items.set([t.item(VITAL_SIGNS)])  # as a prescription of something else would leave it
    change = reverse("dispatch:return_day", args=[row.number])
    assert change in text(desk.get(reverse("dispatch:request", args=[row.number])))

    desk.post(change, {"return_on": "", "was": str(on(5))})

    assert fresh(row).return_on is None
    assert change not in text(desk.get(reverse("dispatch:request", args=[row.number])))


def test_a_request_without_a_specimen_is_not_offered_a_day(t, desk):
    row = world.request(t)

    assert reverse("dispatch:return_day", args=[row.number]) not in text(
        desk.get(reverse("dispatch:request", args=[row.number]))
    )
