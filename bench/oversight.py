"""
``python -m bench.oversight``: the commission's overview at ten thousand orders and at a million, and how far behind
the moment its figures are while fifty steps a second are taken.

Servers of its own, which are gone afterwards. Pages are the real views; worker and beat are real processes.
"""

import argparse
import json
import logging
import multiprocessing
import os
import sys
import tempfile
import time
from bisect import bisect_left
from datetime import timedelta
from pathlib import Path

from bench import ground, past
from devtools import servers
from devtools.console import say
from devtools.processes import Household, leave_on_sigterm

PARTS = ("pages", "lag")
CELERY = [sys.executable, "-m", "celery", "-A", "nursing_platform"]
SMALL, LARGE = "small", "large"
BLOCK = 10  # requests in a row on one database before the other has its turn: what else the machine does hits both
GOAL_MS, GOAL_RATIO, GOAL_LAG = 150, 1.3, 5.0


def arguments(given=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.oversight", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--small", type=int, default=10_000, help="orders of the smaller past")
    parser.add_argument("--large", type=int, default=1_000_000, help="orders of the larger one")
    parser.add_argument("--centres", type=int, default=47)
    parser.add_argument("--nurses", type=int, default=94)
    parser.add_argument("--requests", type=int, default=200, help="of each page, on each of the two")
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--rate", type=float, default=50.0, help="steps a second of all writers together")
    parser.add_argument("--seconds", type=float, default=60.0, help="for which they write")
    parser.add_argument("--short", action="store_true", help="2,000 and 20,000 orders, thirty requests, five seconds")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    chosen = parser.parse_args(given)
    if chosen.short:
        chosen.small, chosen.large, chosen.centres, chosen.nurses = 2_000, 20_000, 6, 12
        chosen.requests, chosen.seconds, chosen.writers, chosen.rate = 30, 5.0, 2, 20.0
    return chosen


def main(given=None) -> int:
    chosen = arguments(given)
    leave_on_sigterm()
    home = Path(tempfile.mkdtemp(prefix="hudaojia-bench-"))
    home.chmod(0o711)
    with Household(home / "logs") as household:
        household.folders.append(home)
        sockets = _begin(household, home)
        figures: dict = {"machine": ground.describe(home), "short": chosen.short}
        district = _built(chosen, sockets)
        for part in PARTS:
            if part in chosen.only:
                figures[part] = DO[part](chosen, district, household)
        from django.db import connection

        connection.close()
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return _told(figures)


def _begin(household, home):
    """Start the servers, and be the platform as its tests run it."""
    sockets = servers.start_postgres(household, data=home / "postgres", durable=True, prefer_system=True)
    os.environ["DATABASE_URL"] = f"postgres://app@/app?host={sockets}"
    os.environ["REDIS_URL"] = servers.start_redis(household, prefer_system=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "nursing_platform.settings.test"
    import django

    django.setup()
    logging.disable(logging.INFO)  # a line for each request and each event would bury the tables
    from django.core.management import call_command

    with ground.clock(say, "tables"):
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    return sockets


def _built(chosen, sockets) -> past.Ground:
    """The same district twice, with a short past and with a long one, counted by the platform's own proof."""
    district = past.settle(centres=chosen.centres, nurses=chosen.nurses, say=say)
    for name, orders in ((SMALL, chosen.small), (LARGE, chosen.large)):
        ground.copy("app", name)
        days = past.live(district, orders=orders, sockets=sockets, say=say)
        lines = past.count(district, days=days, say=say)
        say(f"{name}: {orders} orders of {days} days, {lines} lines of counts")
    ground.query("VACUUM ANALYZE")
    return district


# --- the pages --------------------------------------------------------------------------------------------------------


def pages(chosen, district, household) -> dict:
    """The whole answer of each page, on both databases in turn."""
    from django.urls import reverse

    from bench.writers import server_seconds

    span = reverse("oversight:span")
    asked = {
        "today": reverse("oversight:overview"), "live part": reverse("oversight:overview_live"),
        "a day": span, "a month": f"{span}?span=month",
    }  # fmt: skip
    browsers = {name: _browser(name, district) for name in (SMALL, LARGE)}
    took = {(name, page): [] for name in browsers for page in asked}
    statements = {}
    for name, browser in browsers.items():  # connections, plans and templates are warm before anything counts
        ground.use(name)
        for page, url in asked.items():
            statements[name, page] = _ask(browser, url, warm=3)
    used = dict.fromkeys(took, 0.0)
    for _ in range(-(-chosen.requests // BLOCK)):
        for page, url in asked.items():
            for name, browser in browsers.items():
                ground.use(name)
                browser.get(url)  # the connection is new
                spent = server_seconds() + time.process_time()
                for _ in range(BLOCK):
                    begun = time.perf_counter()
                    answer = browser.get(url)
                    took[name, page].append(time.perf_counter() - begun)
                    if answer.status_code != 200:
                        raise AssertionError(f"{url} answered {answer.status_code}")
                used[name, page] += server_seconds() + time.process_time() - spent
    return {
        page: {
            name: {
                **_shares(took[name, page], 1000),
                "cpu": round(1000 * used[name, page] / len(took[name, page]), 1),
                "statements": statements[name, page],
            }
            for name in browsers
        }
        for page in asked
    }


def _browser(name, district):
    from django.test import Client

    from accounts.models import User

    ground.use(name)
    browser = Client(HTTP_HOST="localhost")
    browser.force_login(User.objects.get(pk=district.supervisor), backend="django.contrib.auth.backends.ModelBackend")
    return browser


def _ask(browser, url, *, warm) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(warm):
        browser.get(url)
    with CaptureQueriesContext(connection) as queries:
        browser.get(url)
    return len(queries)


def _shares(times, scale) -> dict:
    ordered = sorted(times)
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    found = {name: ordered[min(len(ordered) - 1, int(len(ordered) * share))] for name, share in at.items()}
    return {name: round(value * scale, 3) for name, value in found.items()} | {
        "longest": round(ordered[-1] * scale, 3), "count": len(ordered),
    }  # fmt: skip


# --- how far behind ---------------------------------------------------------------------------------------------------


def lag(chosen, district, household) -> dict:
    """From the moment of a step to the moment at which the overview's own read counts it, centre by centre."""
    from django.utils import timezone

    from audit.models import Outbox
    from indicators import overview

    ground.use(LARGE)
    quiet = ["-l", "INFO", "--without-mingle", "--without-gossip"]
    worker = household.start("worker", [*CELERY, "worker", "-c", "2", *quiet])
    household.wait_until(lambda: b"ready." in worker.log.read_bytes(), name="worker", seconds=180)
    household.start("beat", [*CELERY, "beat", "-s", household.logs / "beat.db", "--pidfile="])
    today = timezone.localdate()
    asked = {"centres": district.centres, "first": today, "last": today}
    _settled(asked)
    before = {centre: found["requests"] for centre, found in overview.grouped("centre", **asked).items()}
    begun = timezone.now()
    seen: list[tuple[float, dict[int, int]]] = []
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_write, args=(district.homes[n :: chosen.writers], chosen.rate / chosen.writers,
                                             chosen.seconds, n), daemon=True)
        for n in range(chosen.writers)
    ]  # fmt: skip
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers) or not _all_told(asked, begun, before, seen):
        found = overview.grouped("centre", **asked)
        seen.append((time.time(), {centre: one["requests"] - before.get(centre, 0) for centre, one in found.items()}))
        time.sleep(0.1)
        if seen[-1][0] - seen[0][0] > chosen.seconds + 90:
            break
    failed = [writer.exitcode for writer in writers if writer.exitcode]
    steps, waited = _waits(begun, seen)
    written = steps["steps"] / max(steps["seconds"], 0.001)
    return {
        **_shares(waited, 1), "steps": steps["steps"], "steps_per_second": round(written, 1),
        "never_counted": steps["missing"], "differs": _differs(asked), "writers_failed": failed,
        "events_left": Outbox.objects.filter(done_at=None).count(),
    }  # fmt: skip


def _all_told(asked, begun, before, seen) -> bool:
    """Whether everything that was written stands in the figures."""
    from orders.models import ServiceRequest

    if not seen:
        return False
    written = ServiceRequest.objects.filter(submitted_at__gte=begun, centre__in=asked["centres"]).count()
    return sum(seen[-1][1].values()) >= written


def _settled(asked) -> None:
    """Wait until the worker has nothing left to count."""
    from indicators.models import StaleDay

    deadline = time.monotonic() + 60
    while StaleDay.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.2)


def _waits(begun, seen) -> tuple[dict, list[float]]:
    """The n-th request of a centre is counted when the figure has grown by n; steps before their commit count too."""
    from orders.models import RequestStep

    steps = RequestStep.objects.filter(taken_at__gte=begun)
    made: dict[int, list[float]] = {}
    for centre, at in steps.filter(name="submit").order_by("taken_at").values_list("request__centre", "taken_at"):
        made.setdefault(centre, []).append(at.timestamp())
    waited, missing = [], 0
    for centre, moments in made.items():
        grown = [counts.get(centre, 0) for _, counts in seen]
        for n, at in enumerate(moments, start=1):
            place = bisect_left(grown, n)
            if place == len(grown):
                missing += 1
            else:
                waited.append(max(0.0, seen[place][0] - at))
    times = [at.timestamp() for at in steps.order_by("taken_at").values_list("taken_at", flat=True)]
    return {"steps": len(times), "seconds": times[-1] - times[0] if times else 0, "missing": missing}, waited


def _differs(asked) -> int:
    """In how many lines the counts of today are not what the rows say, once everything was told."""
    from indicators import counting
    from indicators.models import DayCount
    from indicators.rollups import COUNTS

    kept = {
        (row.centre_id, row.town_id, row.day): {name: getattr(row, name) for name in COUNTS}
        for row in DayCount.objects.filter(centre__in=asked["centres"], day=asked["first"])
    }
    ought = counting.counted(**asked)
    return sum(kept.get(key) != ought.get(key) for key in kept.keys() | ought.keys())


def _write(homes, rate, seconds, seed) -> None:
    """Apply, take in, withdraw, for one home after the other, at this many steps a second."""
    import django

    django.setup()
    logging.disable(logging.INFO)
    from django.utils import timezone

    from accounts.models import Organization, Post, User
    from accounts.roles import Role
    from orders import services
    from patients.actors import actor_for
    from patients.models import Patient, Proxy

    asked = []
    for patient, centre in homes:
        proxy = Proxy.objects.filter(patient=patient).order_by("-pk").values_list("user", flat=True).first()
        desk = Post.objects.filter(organisation=centre, role=Role.DISPATCHER).values_list("user", flat=True).first()
        asked.append((
            Patient.objects.get(pk=patient), Organization.objects.get(pk=centre),
            actor_for(User.objects.get(pk=proxy)), actor_for(User.objects.get(pk=desk)),
        ))  # fmt: skip
    begun, taken = time.monotonic(), 0

    def now():
        """The next step's turn."""
        nonlocal taken
        time.sleep(max(0.0, begun + taken / rate - time.monotonic()))
        taken += 1
        return timezone.now()

    while time.monotonic() - begun < seconds:
        for patient, centre, family, desk in asked:
            at = now()
            row = services.submit(
                patient=patient, centre=centre, wish="老人行动不便，想请护士定期上门量血压",
                wished_from=at + timedelta(days=1), wished_to=at + timedelta(days=1, hours=3), by=family, now=at,
            )  # fmt: skip
            services.receive(request_id=row.pk, by=desk, now=now())
            services.withdraw(request_id=row.pk, by=family, now=now())
            if time.monotonic() - begun >= seconds:
                return


DO = {"pages": pages, "lag": lag}


def _told(figures) -> int:
    """Print the tables; fail when a figure is not what the rows say."""
    machine, wrong = figures["machine"], 0
    print(f"\n{machine['processors']} processors, load before {machine['load_before']}, {machine['postgres']}")
    for page, found in figures.get("pages", {}).items():
        small, large = found[SMALL], found[LARGE]
        ratio = large["p95"] / small["p95"]
        good = large["p95"] <= GOAL_MS and ratio <= GOAL_RATIO
        print(
            f"{page:10} p50 {small['p50']:6.1f} → {large['p50']:6.1f} ms, p95 {small['p95']:6.1f} → {large['p95']:6.1f}"
            f" ms ({ratio:4.2f} times), processor {small['cpu']:5.1f} → {large['cpu']:5.1f} ms "
            f"({large['cpu'] / small['cpu']:4.2f} times), {large['statements']} statements: "
            f"{'met' if good else 'missed'}"
        )
    if "lag" in figures:
        found = figures["lag"]
        print(
            f"figures behind: p50 {found['p50']:.2f} s, p99 {found['p99']:.2f} s, longest {found['longest']:.2f} s at "
            f"{found['steps_per_second']} steps/s ({found['steps']} steps): "
            f"{'met' if found['longest'] <= GOAL_LAG else 'missed'}"
        )
        wrong = found["never_counted"] + found["differs"] + len(found["writers_failed"])
        if wrong:
            print(f"wrong: {found}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
