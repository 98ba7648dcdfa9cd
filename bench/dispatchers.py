"""
``python -m bench.dispatchers``: two hundred dispatchers at once, and who may be sent among 350 nurses.

Servers of its own, which are gone afterwards; web, worker and beat are real processes. Invariants are counted in SQL.
"""

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from devtools import servers
from devtools.console import free_port, is_listening, say
from devtools.processes import Household, leave_on_sigterm

PARTS = ("ranking", "dispatchers")
CELERY = [sys.executable, "-m", "celery", "-A", "nursing_platform"]


def arguments(given=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.dispatchers", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--desks", type=int, default=200)
    parser.add_argument("--centres", type=int, default=47)
    parser.add_argument("--nurses", type=int, default=350)
    parser.add_argument("--orders", type=int, default=470)
    parser.add_argument("--seconds", type=float, default=120.0, help="for which they work")
    parser.add_argument("--pause", type=float, default=5.0, help="between one turn of a dispatcher and the next")
    parser.add_argument("--web", type=int, default=2, help="processes of the web server")
    parser.add_argument("--times", type=int, default=200, help="how often an order is ranked")
    parser.add_argument("--short", action="store_true", help="twenty desks for ten seconds, twenty rankings")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    chosen = parser.parse_args(given)
    if chosen.short:
        chosen.desks, chosen.centres, chosen.nurses, chosen.orders = 20, 5, 40, 25
        chosen.seconds, chosen.pause, chosen.times, chosen.web = 10.0, 1.0, 20, 1
    return chosen


def main(given=None) -> int:
    chosen = arguments(given)
    leave_on_sigterm()
    home = Path(tempfile.mkdtemp(prefix="hudaojia-bench-"))
    home.chmod(0o711)
    with Household(home / "logs") as household:
        household.folders.append(home)
        _begin(household, home)
        figures = {"load_before": os.getloadavg()[0], "processors": len(os.sched_getaffinity(0))}
        for part in PARTS:
            if part in chosen.only:
                figures[part] = DO[part](chosen, household)
        from django.db import connection

        connection.close()
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return _told(figures)


def _begin(household, home) -> None:
    """Start the servers, and be the platform as its tests run it, on a fresh database."""
    sockets = servers.start_postgres(household, data=home / "postgres", durable=True, prefer_system=True)
    os.environ["DATABASE_URL"] = f"postgres://app@/app?host={sockets}"
    os.environ["REDIS_URL"] = servers.start_redis(household, prefer_system=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "nursing_platform.settings.test"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)


def rank(chosen, household) -> dict:
    """All nurses at one centre, most of whom have a visit at that hour; one order is asked about again and again."""
    from django.db import connection

    from accounts.roles import Role
    from bench import crowd
    from orders import eligibility, selectors, services
    from orders.models import Order

    made = crowd.build(centres=1, desks=1, nurses=chosen.nurses, orders=min(chosen.orders, 121), say=say)
    t, start = made.town, made.town.now + timedelta(days=1, hours=1)
    desk = t.actor(Role.DISPATCHER)
    for order_id, nurse_id in zip(made.orders[1:], made.nurses, strict=False):
        services.offer(order_id=order_id, nurse_id=nurse_id, planned_start=start, by=desk, now=t.now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    # As the web process does once it has started.
    gc.collect()
    gc.freeze()
    number, times, found = Order.objects.get(pk=made.orders[0]).number, [], 0
    for _ in range(chosen.times):
        row = selectors.order(actor=desk, number=number)
        begun = time.perf_counter()
        found = len(eligibility.answers(row, start, start + timedelta(minutes=row.minutes)))
        times.append(time.perf_counter() - begun)
    times.sort()
    _forget()
    return {"nurses": found, "p50": times[len(times) // 2], "p95": times[int(len(times) * 0.95)]}


def _forget() -> None:
    """Empty the tables for the next part; numbers go on, for the trace keeps its events."""
    from django.core.management import call_command

    call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


def work(chosen, household) -> dict:
    from bench import crowd, deskwork

    district = crowd.build(
        centres=chosen.centres, desks=chosen.desks, nurses=chosen.nurses, orders=chosen.orders, say=say
    )
    port = free_port()
    web = [sys.executable, "-m", "uvicorn", "nursing_platform.asgi:application", "--port", port, "--lifespan", "off"]
    web += ["--no-access-log", "--workers", chosen.web]
    household.start("web", web)
    household.start("worker", [*CELERY, "worker", "-c", "1", "-l", "WARNING", "--without-mingle", "--without-gossip"])
    household.start("beat", [*CELERY, "beat", "-s", household.logs / "beat.db", "--pidfile="])
    household.wait_until(lambda: is_listening(port), name="web")
    done = deskwork.play(f"http://127.0.0.1:{port}", district.desks, seconds=chosen.seconds, pause=chosen.pause)
    return {
        "desks": chosen.desks,
        "centres": chosen.centres,
        "orders": chosen.orders,
        "deeds": {
            deed: {"count": len(times), "p50": done.p(deed, 0.5), "p95": done.p(deed, 0.95)}
            for deed, times in sorted(done.took.items())
        },
        "done": dict(done.done),
        "refused": dict(done.refused),
        "wrong": done.wrong[:20],
        "breaches": deskwork.breaches(district.orders, done),
    }


DO = {"ranking": rank, "dispatchers": work}


def _told(figures) -> int:
    """Print the tables; fail when something happened that must never happen."""
    print(f"\n{figures['processors']} processors, load before {figures['load_before']:.1f}")
    if asked := figures.get("ranking"):
        print(f"ranking one order among {asked['nurses']} nurses: ", end="")
        print(f"p50 {asked['p50'] * 1000:.0f} ms, p95 {asked['p95'] * 1000:.0f} ms (goal 100 ms)")
    crowd = figures.get("dispatchers")
    if crowd is None:
        return 0
    print(f"\n{crowd['desks']} dispatchers of {crowd['centres']} centres, {crowd['orders']} orders\n")
    print("| deed | answers | p50 | p95 |\n| --- | ---: | ---: | ---: |")
    for deed, one in crowd["deeds"].items():
        print(f"| {deed} | {one['count']} | {one['p50'] * 1000:.0f} ms | {one['p95'] * 1000:.0f} ms |")
    print(f"\ndone {crowd['done']}, refused {crowd['refused']}, wrong answers {len(crowd['wrong'])}")
    for what, count in crowd["breaches"].items():
        print(f"{count}  {what}")
    print(*crowd["wrong"], sep="\n")
    return int(bool(crowd["wrong"]) or any(crowd["breaches"].values()))


if __name__ == "__main__":
    raise SystemExit(main())
