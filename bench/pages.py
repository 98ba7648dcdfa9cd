"""
``python -m bench.pages``: what each desk's pages weigh and how soon they are there, against the design's budgets.

Over the demonstration at work (47 centres): Chromium cold, its processor slowed four times, on a slow 4G line (562 ms,
1.44 Mbit/s down, 0.7 up); family and public pages on a phone's screen, staff pages at 1440 by 900. Servers of its own,
which are gone afterwards; front-end files are served as in production. ``bench.phone`` does the nurse's pages.
"""

import argparse
import json
import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from bench.phone import PHONE, begin, looking, opened
from devtools.processes import Household, leave_on_sigterm

DESK = {"viewport": {"width": 1440, "height": 900}}
TOLERANCE = 1.1
SCRIPT, STYLE, SHIFT, ELEMENTS = 30_000, 8_000, 0.05, 1500


@dataclass(frozen=True)
class Budget:
    """What one page may come to: bytes over the line, seconds to its largest paint, seconds in which it is deaf."""

    bytes: int
    cold: float = 2.5
    blocked: float = 0.2


FAMILY, STAFF = Budget(60_000, blocked=0.1), Budget(90_000)
PLANNER, OVERVIEW = Budget(120_000, cold=3.0, blocked=0.3), Budget(60_000)


@dataclass(frozen=True)
class Desk:
    """Whose pages, on which screen. A page is an address, or a page and how the link on it looks that is followed."""

    title: str
    user: str
    shape: dict
    budget: Budget
    pages: dict[str, str | tuple[str, str]]
    own: dict[str, Budget] = field(default_factory=dict)


DESKS = {
    "public": Desk("Anybody", "", PHONE, FAMILY, {
        "home": "/", "institutions": "/institutions/", "complain": "/complain/", "login": "/login/",
        "register": "/register/",
    }),
    "family": Desk("Family", "demo-family", PHONE, FAMILY, {
        "home": "/family/", "orders": "/family/orders/", "order": ("/family/orders/", r"/family/orders/[^/]+/"),
        "apply": "/family/apply/whom/", "people": "/family/people/",
        "one person": ("/family/people/", r"/family/people/[0-9a-f-]{36}/"), "report": "/family/reports/new/",
        "consults": "/family/consults/", "messages": "/messages/", "account": "/me/",
    }),
    "doctor": Desk("Doctor", "demo-doctor", DESK, STAFF, {
        "todo": "/doctor/todo/", "assessed": "/doctor/assessed/", "assess": ("/doctor/todo/", r"/doctor/assess/\d+/"),
        "renewals": "/doctor/renewals/",
        "call-backs": "/doctor/call-backs/", "green": "/doctor/green/",
    }),
    "dispatch": Desk("Dispatcher", "demo-dispatcher", DESK, STAFF, {
        "queue": "/dispatch/queue/", "request": ("/dispatch/queue/", r"/dispatch/requests/[^/]+/"),
        "order": ("/dispatch/orders/", r"/dispatch/orders/[^/]+/"), "orders": "/dispatch/orders/",
        "planner": "/dispatch/planner/", "follow-ups": "/dispatch/follow-ups/", "alerts": "/dispatch/alerts/",
    }, {"planner": PLANNER}),
    "centre": Desk("Centre", "demo-admin", DESK, STAFF, {
        "home": "/centre/", "orders": "/centre/orders/", "figures": "/centre/figures/", "people": "/centre/people/",
        "credentials": "/centre/credentials/", "shifts": "/centre/shifts/", "offerings": "/centre/offerings/",
        "rulesets": "/centre/rulesets/", "compliance": "/centre/compliance/", "reports": "/centre/reports/",
    }),
    "review": Desk("Lead hospital", "demo-reviewer", DESK, STAFF, {
        "centres": "/review/", "orders": "/review/orders/", "referrals": "/review/referrals/",
        "findings": "/review/findings/",
    }),
    "oversight": Desk("Commission", "demo-supervisor", DESK, STAFF, {
        "overview": "/oversight/", "span": "/oversight/overview/", "orders": "/oversight/orders/",
        "order": ("/oversight/orders/", r"/oversight/orders/[^/]+/"),
        "compliance": "/oversight/compliance/", "indicators": "/oversight/indicators/",
        "workload": "/oversight/workload/", "institutions": "/oversight/institutions/", "tasks": "/oversight/tasks/",
        "settings": "/oversight/settings/",
    }, {"overview": OVERVIEW, "span": OVERVIEW}),
}  # fmt: skip


def arguments(given=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.pages", description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="how often each page is opened")
    parser.add_argument("--only", nargs="*", choices=sorted(DESKS), help="these desks")
    parser.add_argument("--requests", type=int, default=100, help="how many requests the demonstration has")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    return parser.parse_args(given)


def main(given=None) -> int:
    chosen = arguments(given)
    leave_on_sigterm()
    home = Path(tempfile.mkdtemp(prefix="hudaojia-pages-"))
    home.chmod(0o711)
    with Household(home / "logs") as household:
        household.folders.append(home)
        begin(household, home)
        figures = _measure(chosen, household)
        from django.db import connection

        connection.close()
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return _told(figures)


def _measure(chosen, household) -> dict:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    from django.core.management import call_command

    call_command("seed_demo", requests=chosen.requests, anywhere=True)
    desks = {name: DESKS[name] for name in chosen.only or DESKS}
    found = {name: _addresses(desk) for name, desk in desks.items()}
    with looking(household) as (browser, address):
        return {
            name: {
                page: opened(browser, address, session, path, chosen.times, shape=desks[name].shape, again=False)
                for page, path in paths.items()
            }
            for name, (session, paths) in found.items()
        }


def _addresses(desk) -> tuple[str, dict[str, str]]:
    """Its session, and the address of each of its pages; what the demonstration has none of is said and left out."""
    from django.test import Client

    from accounts.models import User

    client, session = Client(), ""
    if desk.user:
        client.force_login(User.objects.get(username=desk.user))
        session = client.cookies["sessionid"].value
    found = {}
    for name, where in desk.pages.items():
        path, pattern = (where, "") if isinstance(where, str) else where
        answer = client.get(path)
        if pattern and (link := re.search(f'href="({pattern})"', answer.content.decode())):
            path = link[1]
            answer = client.get(path)
        elif pattern:
            print(f"{desk.title}, {name}: nothing of it in the demonstration")
            continue
        if answer.status_code != 200:
            raise SystemExit(f"{path} answers {answer.status_code}")
        found[name] = path
    return session, found


def _over(one, budget) -> list[str]:
    most = {"bytes": budget.bytes, "cold": budget.cold, "blocked": budget.blocked, "script": SCRIPT, "sheets": STYLE,
            "shift": SHIFT, "elements": ELEMENTS}  # fmt: skip
    return [key for key, limit in most.items() if one[key] > limit * TOLERANCE]


def _told(figures) -> int:
    over = []
    for name, pages in figures.items():
        desk = DESKS[name]
        print(f"\n### {desk.title}\n")
        print("| page | bytes | of it script | style | requests | LCP | CLS | blocked | elements |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for page, one in pages.items():
            budget = desk.own.get(page, desk.budget)
            print(
                f"| {page} | {one['bytes'] / 1000:.1f} of {budget.bytes / 1000:.0f} kB | {one['script'] / 1000:.1f} kB "
                f"| {one['sheets'] / 1000:.1f} kB | {one['requests']} | {one['cold']:.2f} s | {one['shift']:.3f} "
                f"| {one['blocked'] * 1000:.0f} ms | {one['elements']} |"
            )
            over += [f"{name} {page} {key}" for key in _over(one, budget)]
    print("\nover budget:", ", ".join(over) or "nothing")
    return int(bool(over))


if __name__ == "__main__":
    raise SystemExit(main())
