"""
``python -m bench.reminders``: ten thousand letters whose quiet hours end at once, and a page opened meanwhile.

Servers of its own, gone afterwards. Two ticks without Celery hand over to the built-in outbox; every letter is
counted in SQL: none lost, none twice.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

from devtools import servers
from devtools.console import free_port, is_listening, say
from devtools.processes import Household, leave_on_sigterm

GOALS = {"per_second": 500, "page": 0.8}
AT_ONCE = 500  # people of one event


def arguments(given=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.reminders", description=__doc__)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--ticks", type=int, default=2, help="processes that hand over")
    parser.add_argument("--short", action="store_true", help="a thousand letters")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    chosen = parser.parse_args(given)
    if chosen.short:
        chosen.letters = 1000
    return chosen


def main(given=None) -> int:
    chosen = arguments(given)
    leave_on_sigterm()
    home = Path(tempfile.mkdtemp(prefix="hudaojia-reminders-"))
    home.chmod(0o711)
    with Household(home / "logs") as household:
        household.folders.append(home)
        _begin(household, home)
        figures = _measure(chosen, household)
        from django.db import connection

        connection.close()
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return _told(figures)


def _begin(household, home):
    sockets = servers.start_postgres(household, data=home / "postgres", durable=True, prefer_system=True)
    os.environ["DATABASE_URL"] = f"postgres://app@/app?host={sockets}"
    os.environ["REDIS_URL"] = servers.start_redis(household, prefer_system=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.phonesettings"
    os.environ["STATIC_ROOT"] = str(home / "static")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)


def _measure(chosen, household) -> dict:
    from django.utils import timezone

    from notifications.models import Delivery, Posted

    session = _town(chosen.letters)
    port = free_port()
    web = [sys.executable, "-m", "uvicorn", "nursing_platform.asgi:application", "--port", port, "--lifespan", "off"]
    household.start("web", [*web, "--no-access-log"])
    household.wait_until(lambda: is_listening(port), name="web")
    address = f"http://127.0.0.1:{port}/messages/"
    alone = [_seconds(address, session) for _ in range(10)]
    for n in range(chosen.ticks):
        household.start(f"tick-{n}", [sys.executable, "manage.py", "run_due", "--every", "0.2"])
    time.sleep(3)  # they have started and found nothing
    say(f"{chosen.letters} letters fall due")
    Delivery.objects.update(due_at=timezone.now())
    begun, meanwhile = time.monotonic(), []
    while Delivery.objects.filter(state=Delivery.State.QUEUED).exists():
        meanwhile.append(_seconds(address, session))
        if time.monotonic() - begun > 300:
            raise TimeoutError("letters are left after five minutes")
    took = time.monotonic() - begun
    return {
        "letters": chosen.letters, "ticks": chosen.ticks, "seconds": took, "per_second": chosen.letters / took,
        "page_alone": statistics.median(alone), "page": max(meanwhile), "page_median": statistics.median(meanwhile),
        "opened": len(meanwhile),
        "lost": chosen.letters - Delivery.objects.filter(state=Delivery.State.DELIVERED).count(),
        "twice": Delivery.objects.filter(attempts__gt=1).count(), "posted": Posted.objects.count(),
    }  # fmt: skip


def _town(letters: int) -> str:
    """A district in which many people take text messages; the session of one of them."""
    from datetime import time as clock

    from django.test import Client
    from django.utils import timezone

    from accounts.roles import Role
    from notifications import services as messages
    from notifications.models import Delivery
    from tests import world
    from tests.world import persons, places

    now = timezone.localtime() - timedelta(days=1)
    town = world.town(now=now.replace(hour=9, minute=0, second=0, microsecond=0))
    people = [town.users[Role.PROXY], *(places.person(f"家属{n}") for n in range(min(AT_ONCE, letters) - 1))]
    for person in people:
        messages.choose_reach(
            phone="15400000001", by_sms=True, by_voice=False, quiet_from=clock(8), quiet_until=clock(8),
            by=persons.family(person), now=town.now,
        )  # fmt: skip
    for event in range(letters // len(people)):
        messages.tell(
            event="orders.accepted", event_id=10**9 + event, organisation_id=town.centre.pk, patient_id=town.patient.pk,
            letters=[
                messages.Letter(person.pk, "family.accepted", "护士已约好上门时间", "护士将上门。") for person in people
            ], now=town.now,
        )  # fmt: skip
    Delivery.objects.update(due_at=timezone.now() + timedelta(days=1))
    browser = Client()
    browser.force_login(people[0], backend="django.contrib.auth.backends.ModelBackend")
    return browser.cookies["sessionid"].value


def _seconds(address, session) -> float:
    asked = urllib.request.Request(address, headers={"Cookie": f"sessionid={session}"})
    begun = time.monotonic()
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert answer.status == 200
        answer.read()
    return time.monotonic() - begun


def _told(figures) -> int:
    whole = not figures["lost"] and not figures["twice"] and figures["posted"] == figures["letters"]
    goals = [
        (
            f"letters a second ≥ {GOALS['per_second']}",
            figures["per_second"],
            figures["per_second"] >= GOALS["per_second"],
        ),
        ("letters lost, tried twice or kept twice = 0", figures["lost"] + figures["twice"], whole),
        (f"slowest page meanwhile ≤ {GOALS['page']} s", figures["page"], figures["page"] <= GOALS["page"]),
    ]
    for name, value, met in goals:
        print(f"{'met   ' if met else 'missed'}  {name}: {value:.2f}")
    print(f"        page alone {figures['page_alone']:.3f} s, meanwhile {figures['page_median']:.3f} s (median)")
    return 0 if all(met for _, _, met in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
