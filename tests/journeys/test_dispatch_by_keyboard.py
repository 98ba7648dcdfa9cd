"""A dispatcher's morning without a mouse: received, planned, sent out, taken back, answered."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from orders import services
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.desks import offices
from tests.journeys.people import DESK, PASSWORD, Album, Person
from tests.world import persons

FOCUSED = "selector => document.activeElement.matches(selector)"
MOST = 120  # presses of a key within which anything of a page must be reached


@pytest.fixture
def town(transactional_db):
    """A town of this morning, with a dispatcher who can log in and a second nurse."""
    t = world.town(now=world.last_nine())
    user = t.users[Role.DISPATCHER]
    user.display_name = "陆敏"
    user.set_password(PASSWORD)
    user.save()
    return t


def an_order(t, at):
    offices.another_patient(t)
    t.nurse = persons.nurse(t.centre, name="护士", now=t.now)
    t.users[Role.NURSE] = t.nurse.user
    return world.order(t, at=at)


class Keyboard:
    """Nothing but keys."""

    def __init__(self, desk: Person):
        self.desk, self.page, self.keys = desk, desk.page, desk.page.keyboard

    def to(self, selector: str, key: str = "Tab") -> None:
        """Press one key until the focus is there."""
        self.page.wait_for_selector(selector, state="attached")
        for _ in range(MOST):
            if self.page.evaluate(FOCUSED, selector):
                return
            self.keys.press(key)
        raise AssertionError(f"{selector} cannot be reached by {key} at {self.page.url}")

    def take_up(self, row) -> None:
        """Go down the queue to this row and open it at its next step."""
        self.desk.open("/dispatch/queue/")
        self.to(f'.queue a[href$="/{row.number}/"]', "j")
        self.keys.press("a")
        self.page.wait_for_url(f"**/{row.number}/#*")

    def types_moment(self, day) -> None:
        """Ten o'clock of the day, part by part in the order in which this browser asks for them."""
        self.keys.type(f"{day:%m%d%Y}")
        self.keys.press("ArrowRight")
        self.keys.type("1000AM")

    def press(self, selector: str, said: str) -> None:
        self.to(selector)
        self.keys.press("Enter")
        self.desk.sees(said)


@pytest.mark.browser
def test_a_morning_at_the_desk_needs_no_mouse(browser, asgi_server, town):
    asked = world.request(town)
    to_send, declined = an_order(town, S.AWAITING_DISPATCH), an_order(town, S.OFFERED)
    services.decline(order_id=declined.pk, reason="当天有事", by=town.actor(Role.NURSE), now=town.now)
    rated = an_order(town, S.COMPLETED)
    services.rate(
        order_id=rated.pk, answers={"on_time": 5, "explained": 4, "asked": 5, "observed": 5}, comment="很耐心。",
        by=town.actor(Role.PROXY), now=town.now + timedelta(days=1, hours=3),
    )  # fmt: skip
    desk = Person(browser, Album("dispatch-keyboard"), asgi_server, DESK, town.users[Role.DISPATCHER].username)
    desk.sign_in()
    hand = Keyboard(desk)

    hand.take_up(asked)
    hand.press('[data-step="receive"] button', "已受理这份申请")
    hand.to('[name="doctor"]')
    hand.keys.press("ArrowDown")
    hand.to('[name="planned_start"]')
    hand.types_moment(timezone.localdate() + timedelta(days=1))
    hand.keys.press("Enter")
    desk.sees("待评估")
    desk.look("planned")

    hand.take_up(to_send)
    hand.press('[data-step="offer"] button', "已派单，护士会收到通知。")
    desk.look("offered")
    hand.to('details:has([data-step="recall"]) > summary')
    hand.keys.press("Enter")
    hand.to('[data-step="recall"] [name="reason"]')
    hand.keys.insert_text("家属来电，需要另外安排护士")
    hand.press('[data-step="recall"] button', "已收回这次派单")
    desk.look("recalled")

    hand.take_up(declined)
    hand.press('[data-step="offer"] button', "已派单，护士会收到通知。")

    hand.press('.side a[href="/dispatch/ratings/"]', "家属对服务的评价")
    hand.to("details.more > summary")
    hand.keys.press("Enter")
    hand.to('[name="reply"]')
    hand.keys.insert_text("谢谢您的肯定，我们会继续努力。")
    hand.press('[data-step="reply"] button', "谢谢您的肯定，我们会继续努力。")
    desk.look("replied")

    asked.refresh_from_db()
    to_send.refresh_from_db()
    declined.refresh_from_db()
    assert (asked.status, to_send.status, declined.status) == (Q.ASSESSING, S.AWAITING_DISPATCH, S.OFFERED)
    assert desk.wrong == []
