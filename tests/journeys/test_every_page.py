"""
Every page that the address book names, as people see it: in each size of letters, on a phone and on a desk, without a
fault that axe knows, without a word that is not Chinese, without anything that sticks out.

A new page is looked at as soon as it has an address. When it is about something that the world here does not hold, this
fails: put one of it into ``everything.py``.
"""

from collections.abc import Iterable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from desks.pages import PUBLIC, SIGNED_IN
from tests.api.test_permissions_matrix import undone
from tests.desks.offices import signed_in
from tests.desks.test_everything_leaves_a_trace import pages, place, town  # noqa: F401 - place and town are fixtures
from tests.journeys import everything
from tests.journeys.lens import Lens
from tests.journeys.people import DESK
from tests.world import places

# Some two hundred pages, each looked at in two sizes of letters: longer than any other story may take.
pytestmark = [pytest.mark.django_db, pytest.mark.browser, pytest.mark.timeout(900)]

# A phone's window without its zoom, which would hide what sticks out.
HAND = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
# What axe asks of the sizes between lies between: the same colours, distances that only grow.
ENDS = ("std", "xlarge")
# Words in Latin letters that belong there: for a family, and for staff.
FAMILY_WORDS = (
    "PICC|PDF|WS|mmHg|cm|kg|mL|Python|verify[.]py|[A-Z]{1,3}[0-9-]+|u[0-9]+|[a-f][0-9a-f-]{7,}"
    "|hudaojia[.]local|trace"  # the name of the log, which stands in every signed note
)
STAFF_WORDS = (
    f"{FAMILY_WORDS}|Braden|Barthel|Morse|NRS|MDT|GB|CSV|Excel|xlsx|PDF|JPG|PNG|MB|Esc|AC|ABCD|PDY[0-9D]+"
    "|manage[.]py|audit_harden"
    "|[a-z]+(-[a-z]+)+"  # the mark of an article or a course, as it stands in its address
)
AS_RECORDED = ".*"  # a trace shows what was written as it was written

# Opened, and it leads elsewhere: each with where to.
ELSEWHERE = {
    "centre:trace_of": "to the trace of the order, the patient or the nurse",
    "dispatch:home": "to the queue",
    "doctor:assess": "to the section that is open, or to what was signed",
    "doctor:home": "to the first visits",
    "doctor:outcome": "to the request, when the outcome is there",
    "family:begin": "to the first question",
    "family:apply_check": "to the first question, without a draft",
    "oversight:courses_edit": "to the course, once it is published",
    "oversight:trace_of": "to the trace of the order, the patient or the nurse",
    "account:start": "to everybody's own desk",
}
A_FILE = "a file, not a page"
# Not opened in these walks: each with the reason, or the story that looks at it.
SEEN_ELSEWHERE = {
    "centre:appeals_paper": A_FILE,
    "centre:credentials_scan": "tests/services/test_scans.py",
    "centre:credentials_scan_file": A_FILE,
    "centre:exports_one": "tests/journeys/test_reporting_pages.py",
    "centre:followups_stop": "tests/desks/test_followups.py: only a template of its own is stopped",
    "centre:heads_one": "only what is committed is sealed: tests/journeys/test_trace_pages.py",
    "centre:incidents_live": "a part of its page",
    "centre:quality_sheet": "tests/journeys/test_compliance_pages.py",
    "centre:signals_one": "tests/journeys/test_overview_pages.py",
    "centre:summaries_one": "tests/journeys/test_reporting_pages.py",
    "centre:summaries_paper": "tests/journeys/test_reporting_pages.py",
    "dispatch:remote_picture": A_FILE,
    "dispatch:request_paper": A_FILE,
    "dispatch:signature": A_FILE,
    "doctor:picture": A_FILE,
    "family:appeal_paper": A_FILE,
    "family:consult_picture": A_FILE,
    "family:learn_one": "only what a nurse has given to the family: tests/journeys/test_education_pages.py",
    "family:paper": A_FILE,
    "family:receipt": A_FILE,
    "family:signature": A_FILE,
    "oversight:calendar_clear": "a form on the page of the calendar",
    "oversight:heads_one": "only what is committed is sealed: tests/journeys/test_trace_pages.py",
    "oversight:signals_one": "tests/journeys/test_overview_pages.py",
    "public:result": "only what is published: tests/journeys/test_reporting_pages.py",
    "review:consults_picture": A_FILE,
}


def walk(lens: Lens, found: Iterable, **asked) -> dict[str, list[str]]:
    """Look at each page; what is wrong, by its name."""
    wrong = {}
    for name, path, answer in found:
        lens.show(path, answer)
        said = {"words": AS_RECORDED} if "trace" in name else {}
        if faults := lens.faults(**{**asked, **said}):
            wrong[f"{name} {path}"] = faults
    return wrong


def opened(made, apps: dict[str, Role | None]):
    """Name, address and answer of each page of these desks; and what did not open."""
    shown, lost, led = [], {}, set()
    clients = {role: signed_in(made.users[role]) if role else Client() for role in {*apps.values()}}
    for name, app, page in pages():
        if app not in apps or name in SEEN_ELSEWHERE:
            continue
        roles = page.callback.roles
        client = Client() if roles == PUBLIC else clients[apps[app]]
        if roles not in (PUBLIC, SIGNED_IN) and apps[app] not in roles:
            client = signed_in(made.users[sorted(roles & set(made.users))[0]])
        kind, path, answer = _first(client, everything.addresses(made, name, page))
        if kind == "page":
            shown.append((name, path, answer))
        elif kind == "elsewhere":
            led.add(name)
        elif kind == "lost":
            lost[name] = f"{answer.status_code} {path}" if answer else "no address"
    return shown, lost, led


def _first(client, paths):
    """The first address that opens a page; what may only be posted to and what is no page is no page of ours."""
    kind, path, answer = "lost", "", None
    for path in paths:
        answer = client.get(path)
        if answer.status_code == 405 or (answer.status_code == 200 and not _is_page(answer)):
            return "no page", path, answer
        if answer.status_code == 200:
            return "page", path, answer
        if answer.status_code == 302:
            kind = "elsewhere"
    return kind, path, answer


def _is_page(answer) -> bool:
    html = answer.headers["Content-Type"].startswith("text/html")
    return html and not answer.streaming and answer.content.lstrip()[:15].lower() == b"<!doctype html>"


def empty(made) -> list:
    """The pages of a family of which nothing is known yet."""
    client, found = signed_in(places.person("何新")), []
    for name, app, page in pages():
        if app in ("family", "account") and not page.pattern.converters and name not in SEEN_ELSEWHERE:
            kind, path, answer = _first(client, [reverse(name)])
            if kind == "page":
                found.append((f"{name} (nothing there)", path, answer))
    return found


def refused(made, shown, role) -> list:
    """The same pages after their form was sent as it came, as far as that is not enough."""
    client, found = signed_in(made.users[role]), []
    for name, path, _ in shown:
        with undone():
            answer = client.post(path)
            if answer.status_code == 422 and _is_page(answer):
                found.append((f"{name} (refused)", path, answer))
    return found


def closed(made, role) -> list:
    """What somebody sees who is lost, and who may not."""
    client = signed_in(made.users[role])
    found = [("nothing is there", "/nothing/", client.get("/nothing/"))]
    found += [(f"{path} is another's", path, client.get(path)) for path in ("/centre/", "/oversight/", "/nurse/today/")]
    return found


@pytest.mark.clause("003 二(二)6", "004 三(八)")
def test_every_page_of_a_family_and_of_anybody(browser, place):  # noqa: F811
    made = everything.for_the_family(place)
    shown, lost, led = opened(made, {"public": None, "account": Role.PROXY, "family": Role.PROXY})
    beside = empty(made) + refused(made, shown, Role.PROXY) + closed(made, Role.PROXY)

    phone, desk = Lens(browser, HAND), Lens(browser, DESK)
    wrong = walk(phone, shown, words=FAMILY_WORDS, sizes=ENDS, narrow=True)
    wrong |= walk(phone, beside, words=FAMILY_WORDS, sizes=("std",), narrow=True)
    wrong |= walk(desk, [one for one in shown if one[0].startswith("public:")], words=FAMILY_WORDS, sizes=("std",))
    phone.close()
    desk.close()

    assert lost == {}
    assert led == {name for name in ELSEWHERE if name.partition(":")[0] in ("public", "account", "family")}
    assert wrong == {}


@pytest.mark.clause("003 二(二)6")
def test_every_page_of_the_staff_in_a_browser(browser, place):  # noqa: F811
    made = everything.for_the_staff(place)
    staff = {
        "dispatch": Role.DISPATCHER, "doctor": Role.DOCTOR, "centre": Role.CENTRE_ADMIN, "review": Role.REVIEWER,
        "oversight": Role.SUPERVISOR,
    }  # fmt: skip
    shown, lost, led = opened(made, staff)

    desk = Lens(browser, DESK)
    wrong = walk(desk, shown, words=STAFF_WORDS, sizes=ENDS)
    desk.close()

    assert lost == {}
    assert led == {name for name in ELSEWHERE if name.partition(":")[0] in staff}
    assert wrong == {}
