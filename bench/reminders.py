"""
``python -m bench.reminders``: ten thousand letters that may go in the same minute, and a family that opens its page.

Servers of its own, which are gone afterwards; web, workers, beat and far side are real processes. Each letter has to
reach the far side exactly once.
"""

import argparse
import http.client
import json
import os
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

from devtools import servers
from devtools.console import free_port, is_listening, say
from devtools.processes import Household, leave_on_sigterm

CELERY = [sys.executable, "-m", "celery", "-A", "nursing_platform"]
ALONE = ["-l", "WARNING", "--without-mingle", "--without-gossip"]
GOAL = 500  # letters a second
BUDGET = 0.5  # seconds in which 95 of 100 pages have to be there
PAGE = "/messages/"
AT_ONCE = 250  # letters of one event


def arguments(given=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.reminders", description=__doc__)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=250)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pages", type=int, default=60, help="how often the page is opened before")
    parser.add_argument("--pause", type=float, default=0.5, help="between one page and the next")
    parser.add_argument("--short", action="store_true", help="five hundred letters to fifty people")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    chosen = parser.parse_args(given)
    if chosen.short:
        chosen.letters, chosen.people, chosen.pages, chosen.pause = 500, 50, 10, 0.1
    return chosen


def main(given=None) -> int:
    chosen = arguments(given)
    leave_on_sigterm()
    home = Path(tempfile.mkdtemp(prefix="hudaojia-reminders-"))
    home.chmod(0o711)
    with Household(home / "logs") as household:
        household.folders.append(home)
        far = begin(household, home)
        figures = {"processors": len(os.sched_getaffinity(0)), "load_before": os.getloadavg()[0], **vars(chosen)}
        figures |= _measure(chosen, household, far)
        from django.db import connection

        connection.close()
    figures["json"] = None
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return _told(figures)


def begin(household, home) -> int:
    """Start servers and far side, and be the platform on a fresh database. Returns the far side's port."""
    sockets = servers.start_postgres(household, data=home / "postgres", durable=True, prefer_system=True)
    os.environ["DATABASE_URL"] = f"postgres://app@/app?host={sockets}"
    os.environ["REDIS_URL"] = servers.start_redis(household, prefer_system=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "nursing_platform.settings.test"
    far = free_port()
    household.start("far", [sys.executable, "-m", "bench.farside", far])
    os.environ["MESSAGE_GATEWAY"] = "notifications.gateways.ByPost"
    os.environ["MESSAGE_GATEWAY_URL"] = f"http://127.0.0.1:{far}/send"
    household.wait_until(lambda: is_listening(far), name="far")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    return far


def _measure(chosen, household, far) -> dict:
    from django.db.models import Max
    from django.test import Client
    from django.utils import timezone

    from accounts.models import User
    from notifications.models import Delivery

    t = write(letters=chosen.letters, people=chosen.people)
    client = Client()
    client.force_login(User.objects.get(username="bench-family-0"), "django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies["sessionid"].value
    port = free_port()
    web = [sys.executable, "-m", "uvicorn", "nursing_platform.asgi:application", "--port", port, "--lifespan", "off"]
    household.start("web", [*web, "--no-access-log"])
    household.wait_until(lambda: is_listening(port), name="web")
    for number in range(chosen.workers):
        household.start(f"worker-{number}", [*CELERY, "worker", "-c", "1", *ALONE])
    household.start("beat", [*CELERY, "beat", "-s", household.logs / "beat.db", "--pidfile="])
    family = Family(port, cookie, chosen.pause)
    for _ in range(5):
        family.look()  # until the process has read its templates
    before = sorted(family.look() for _ in range(chosen.pages))
    due = timezone.now() + timedelta(seconds=1)
    Delivery.objects.update(due_at=due)
    say(f"{chosen.letters} letters for {t.centre} are due at {timezone.localtime(due):%H:%M:%S}")
    with family:
        waiting = Delivery.objects.filter(settled_at__isnull=True)
        household.wait_until(lambda: not waiting.exists(), name="worker-0", seconds=60 + chosen.letters / 100)
    heard = json.loads(asked(far, "/figures"))
    return {
        "before": before,
        "during": sorted(family.times),
        "wrong_pages": family.wrong,
        "heard": heard,
        "seconds_after_due": heard["last"] - due.timestamp(),
        "seconds": heard["last"] - heard["first"],
        "delivered": Delivery.objects.filter(state=Delivery.State.DELIVERED).count(),
        "most_attempts": Delivery.objects.aggregate(most=Max("attempts"))["most"],
    }


def write(*, letters: int, people: int):
    """A town whose families take text messages, and letters to them that wait; by the platform's own verbs."""
    from datetime import time as hour

    from django.utils import timezone

    from accounts.models import User
    from notifications import services
    from notifications.models import Delivery
    from tests import world
    from tests.world import persons, places

    t = world.town(now=timezone.localtime() - timedelta(hours=1))
    told = []
    for number in range(people):
        user = places.person(f"家属{number}", username=f"bench-family-{number}", now=t.now)
        services.choose_reach(
            phone=f"154{number:08}", by_sms=True, by_voice=False, quiet_from=hour(8), quiet_until=hour(8),
            by=persons.family(user, on=timezone.localdate(t.now)), now=t.now,
        )  # fmt: skip
        told.append(user.pk)
    at_once = min(AT_ONCE, people)  # a person is told of an event once
    for first in range(0, letters, at_once):
        each = [
            services.Letter(told[n % people], "family.visit_tomorrow", "明天有护士上门", "护士明天上门。")
            for n in range(first, min(first + at_once, letters))
        ]
        services.tell(
            event="notifications.visit_reminded", event_id=10**9 + first, letters=each, organisation_id=t.centre.pk,
            patient_id=t.patient.pk, now=t.now,
        )  # fmt: skip
    Delivery.objects.update(due_at=timezone.now() + timedelta(hours=1))
    assert Delivery.objects.count() == letters, "a letter too many or too few"
    assert User.objects.filter(username__startswith="bench-family-").count() == people
    say(f"{letters} letters to {people} people wait")
    return t


class Family(threading.Thread):
    """Somebody who opens a page, and again, while the block lasts."""

    def __init__(self, port, cookie, pause):
        super().__init__(daemon=True)
        self.port, self.cookie, self.pause = port, cookie, pause
        self.times, self.wrong, self.over = [], [], threading.Event()

    def look(self) -> float:
        door = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        begun = time.perf_counter()
        door.request("GET", PAGE, headers={"Cookie": f"sessionid={self.cookie}"})
        answer = door.getresponse()
        answer.read()
        took = time.perf_counter() - begun
        door.close()
        if answer.status != 200:
            self.wrong.append(answer.status)
        return took

    def run(self):
        while not self.over.wait(self.pause):
            self.times.append(self.look())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join(40)


def asked(port, path) -> bytes:
    door = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    door.request("GET", path)
    said = door.getresponse().read()
    door.close()
    return said


def at_share(ordered, share) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _told(figures) -> int:
    """Print the table; fail when a letter was lost or went twice, or a page was not served."""
    heard, letters = figures["heard"], figures["letters"]
    rate = letters / max(figures["seconds"], 0.001)
    print(f"\n{figures['processors']} processors, load before {figures['load_before']:.1f}\n")
    print("| letters | workers | handed over | per second | all gone after | twice | lost |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    twice, lost = heard["requests"] - heard["keys"], letters - heard["keys"]
    print(
        f"| {letters} | {figures['workers']} | {figures['delivered']} | {rate:.0f} (goal {GOAL}) |"
        f" {figures['seconds_after_due']:.1f} s | {twice} | {lost} |"
    )
    print("\n| a family's page | opened | p50 | p95 |\n| --- | ---: | ---: | ---: |")
    for name, times in (("before", figures["before"]), ("during", figures["during"])):
        p50, p95 = at_share(times, 0.5) * 1000, at_share(times, 0.95) * 1000
        print(f"| {name} | {len(times)} | {p50:.0f} ms | {p95:.0f} ms (budget {BUDGET * 1000:.0f} ms) |")
    return int(bool(twice or lost or figures["wrong_pages"]) or figures["delivered"] != letters)


if __name__ == "__main__":
    raise SystemExit(main())
