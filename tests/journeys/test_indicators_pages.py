"""The commission looks at a span, an indicator and its rows, the task board and the workload, in a real browser."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from indicators import months, services
from tests.journeys import offices
from tests.journeys.people import DESK, Album, Person

WIDTHS = (1280, 1920)


@pytest.fixture
def town(transactional_db):
    return offices.town()


@pytest.mark.browser
@pytest.mark.clause("001 二(四)20", "001 附件 1-32", "002 五(八)")
def test_indicators_tasks_workload_and_spans_can_be_looked_at(browser, asgi_server, town):
    desk = Person(browser, Album("indicators"), asgi_server, DESK, town.users[Role.SUPERVISOR].username)
    desk.sign_in()
    for name in ("overview", "indicators", "tasks", "workload"):
        desk.open(f"/oversight/{name}/")
        desk.look(f"{name}-empty")

    offices.busy(town)
    today, now = timezone.localdate(), timezone.now()
    act = {"district": town.district, "by": town.actor(Role.SUPERVISOR), "now": now}
    services.reconcile(first=today - timedelta(days=40), last=today + timedelta(days=9), **act)
    services.compute_month(month=months.month_of(today), **act)
    desk.open("/oversight/tasks/")
    desk.press("把 32 项放上任务板")
    desk.sees("共 32 条")
    month = f"{today:%Y-%m}"
    pages = {
        "span-day": "overview/",
        "span-month": "overview/?span=month",
        "indicators": f"indicators/?month={month}",
        "indicator": f"indicators/on_time/?month={month}",
        "indicator-parts": f"indicators/unmet/?month={month}",
        "indicator-by-hand": f"indicators/annex_1/?month={month}&centre={town.hospital.pk}",
        "import": "indicators/import/",
        "tasks": "tasks/",
        "task-new": "tasks/new/?indicator=on_time",
        "workload": "workload/",
        "workload-item": "workload/?by=item",
    }
    for name, address in pages.items():
        desk.open(f"/oversight/{address}")
        desk.look(name)
    desk.open("/oversight/tasks/")
    desk.follow("加强护士培训")
    desk.page.get_by_text("登记进展", exact=True).first.click()
    desk.look("task")
    desk.open(f"/oversight/indicators/annex_1/?month={month}&centre={town.hospital.pk}")
    desk.fill("numerator", "9")
    desk.fill("denominator", "5")
    desk.fill("evidence", "门诊部月报")
    desk.press("登记这个值")
    desk.sees("不应大于")
    desk.look("by-hand-refused")
    for width in WIDTHS:
        desk.page.set_viewport_size({"width": width, "height": 900})
        for name in ("span-month", "indicator", "tasks", "workload"):
            desk.open(f"/oversight/{pages[name]}")
            desk.look(f"{name}-{width}")
    wrong = desk.faults()
    assert wrong == []
