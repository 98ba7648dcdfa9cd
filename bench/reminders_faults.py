"""
``python -m bench.reminders_faults``: everything that may fall, in turn, while reminders and letters are due.

Each round has a database server of its own, real processes and a far side that keeps each key once. Afterwards nothing
may be lost and nothing may have been said twice. The short form of it stands in ``tests/faults/test_reminders.py``.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path

from devtools.console import free_port, say
from devtools.processes import leave_on_sigterm

TWO_HOURS = 7200


def arguments(given=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.reminders_faults", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="begin no new round after this")
    parser.add_argument("--letters", type=int, default=600, help="letters of one round")
    parser.add_argument("--cares", type=int, default=8, help="reminders of one round")
    parser.add_argument("--only", nargs="+", choices=tuple(FAULTS), default=tuple(FAULTS))
    parser.add_argument("--short", action="store_true", help="each fault once")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    return parser.parse_args(given)


# --- what falls -------------------------------------------------------------------------------------------------------


def killed_worker(around):
    around.running.kill(around.workers.pop())
    around.story.leases_end()
    around.workers.append(around.running.start_worker())


def stopped_redis(around):
    around.running.stop_redis()
    around.pause()
    around.running.start_redis()


def killed_redis(around):
    around.running.kill_redis()
    around.pause()
    around.running.start_redis()
    around.running.flush_redis()


def crashed_database(around):
    from django.db import connection

    connection.close()
    around.cluster.crash()
    around.cluster.started()
    around.story.leases_end()


def second_beat(around):
    around.running.start_beat()
    around.running.start_tick()


def wrong_clocks(around):
    around.running.start_tick(ahead=TWO_HOURS)
    around.running.start_tick(ahead=-TWO_HOURS)
    around.running.start_worker(ahead=TWO_HOURS)
    around.running.start_worker(ahead=-TWO_HOURS)


def silent_far_side(around):
    around.far.away = True
    around.pause()
    around.far.away = False


def confused_far_side(around):
    around.far.badly = True


FAULTS = {
    "a worker is killed": killed_worker,
    "Redis stops": stopped_redis,
    "Redis is killed and comes back empty": killed_redis,
    "the database loses its power": crashed_database,
    "two beats and a second tick": second_beat,
    "clocks two hours wrong": wrong_clocks,
    "the far side is away": silent_far_side,
    "the far side answers twice, too late, or with an error": confused_far_side,
}


class Around:
    """One round's servers and processes, for those who let them fall."""

    def __init__(self, cluster, running, far, story, chance):
        self.cluster, self.running, self.far, self.story, self.chance = cluster, running, far, story, chance
        self.workers = []

    def pause(self):
        time.sleep(1 + 2 * self.chance.random())


# --- one round --------------------------------------------------------------------------------------------------------


def main(given=None) -> int:
    chosen = arguments(given)
    leave_on_sigterm()
    os.environ.setdefault("DATABASE_URL", "postgres://app@/none")
    os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
    os.environ["DJANGO_SETTINGS_MODULE"] = "nursing_platform.settings.test"
    import django

    django.setup()
    chance, rows, begun = random.Random(chosen.seed), [], time.monotonic()
    while True:
        for what in chosen.only:
            if rows and not chosen.short and time.monotonic() - begun > chosen.minutes * 60:
                return _told(chosen, rows)
            rows.append({"fault": what, **_round(FAULTS[what], chosen, chance)})
            one = rows[-1]
            say(f"{what}: {one['seconds']:.0f} s, asked again {one['again']}, lost {one['lost']}, twice {one['twice']}")
        if chosen.short:
            return _told(chosen, rows)


def _round(fall, chosen, chance) -> dict:
    from audit import roles
    from tests.faults import test_reminders as story
    from tests.faults.running import Platform

    port = free_port()
    os.environ["MESSAGE_GATEWAY"] = "notifications.gateways.ByPost"
    os.environ["MESSAGE_GATEWAY_URL"] = f"http://127.0.0.1:{port}/send"
    with _cluster() as cluster, roles.connected(cluster.url()), Far(port) as far, Platform(cluster.url()) as running:
        story.CARES, story.LETTERS = chosen.cares, chosen.letters
        since = story.will_fall_due()
        around = Around(cluster, running, far, story, chance)
        running.start_redis()
        around.workers = [running.start_worker(), running.start_worker()]
        running.start_beat()
        running.start_tick()
        story.fall_due()
        begun = time.monotonic()
        story.wait_until(lambda: len(far.asked) > chosen.letters // 20, "the first letters", seconds=60)
        fall(around)
        done = _over(story)
        return {"seconds": time.monotonic() - begun, "away": len(far.refused), **_judged(far, since, done)}


def _over(story, seconds=180) -> bool:
    """Wait until nothing is left to do; leases and pauses end sooner than their time."""
    from django.db import OperationalError, connection

    from audit.models import Due, Outbox
    from notifications.models import Delivery

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            story.pauses_end()
            late = Due.objects.filter(kind="reminder.guidance", done_at__isnull=True)
            told = Outbox.objects.filter(event_type="notifications.guidance_sent", done_at__isnull=False)
            left = Delivery.objects.filter(state="queued").exists() or late.exists()
            if not left and told.count() == story.CARES and Delivery.objects.count() == story.CARES + story.LETTERS:
                return True
        except OperationalError:
            connection.close()
        time.sleep(0.2)
    return False


def _judged(far, since, done) -> dict:
    """Count what is missing and what is there twice, at the far side and in the tables."""
    from audit.models import Event
    from notifications.models import Delivery, Message
    from tests.faults import test_reminders as story

    expected = story.CARES + story.LETTERS
    keys = {str(key) for key in Delivery.objects.values_list("key", flat=True)}
    acts = Event.objects.filter(kind=Event.Kind.ACT, id__gt=since, action="notifications.guidance_sent")
    done_twice = [n for n in Counter(acts.values_list("object_id", flat=True)).values() if n > 1]
    told = Counter(Message.objects.values_list("event_id", "person"))
    return {
        "letters": expected,
        "again": far.asked.total() - len(far.asked),
        "lost": expected - len(far.asked.keys() & keys) + (not done),
        "twice": len(done_twice) + sum(n > 1 for n in told.values()) + len(far.asked.keys() - keys),
    }


@contextmanager
def _cluster():
    """A server of this round's own, with every table."""
    import shutil
    import tempfile

    from tests.faults.cluster import Cluster

    home = Path(tempfile.mkdtemp(prefix="hudaojia-reminders-"))
    home.chmod(0o711)
    cluster = Cluster(home, durable=True)
    try:
        cluster.made()
        done = cluster.manage("migrate", "--no-input", "-v", "0")
        if done.returncode:
            raise SystemExit(done.stderr)
        yield cluster
    finally:
        cluster.gone()
        shutil.rmtree(home, ignore_errors=True)


class Far:
    """A gateway that keeps each key once; it may be away, or answer as it should not."""

    def __init__(self, port):
        import threading
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        far, self.asked, self.refused = self, Counter(), []
        self.away = self.badly = False
        chance, lock = random.Random(port), threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if far.away:
                    far.refused.append(said["key"])
                    self.close_connection = True
                    return
                with lock:
                    far.asked[said["key"]] += 1
                    first = far.asked[said["key"]] == 1
                    kind = chance.randrange(4) if far.badly and first else 0
                    late = kind == 3 and chance.random() < 0.05
                answer = json.dumps({"key": said["key"], "state": "delivered"}).encode()
                if late:
                    time.sleep(5)
                self._say(502 if kind == 1 else 200, answer * 2 if kind == 2 else answer)

            def _say(self, status, body):
                with suppress(ConnectionError):  # whoever asked has given up
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def _told(chosen, rows) -> int:
    """Print the table; fail when anything was lost or said twice."""
    print(f"\n| what falls | rounds | letters and reminders | asked again | lost | twice |\n| --- |{' ---: |' * 5}")
    for what in dict.fromkeys(row["fault"] for row in rows):
        mine = [row for row in rows if row["fault"] == what]
        sums = [sum(row[name] for row in mine) for name in ("letters", "again", "lost", "twice")]
        print(f"| {what} | {len(mine)} | " + " | ".join(map(str, sums)) + " |")
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(any(row["lost"] or row["twice"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
