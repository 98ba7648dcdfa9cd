"""
Reminders and letters arrive once, whatever falls: killed workers, a stopped, killed or emptied Redis, a database that
loses its power, two beats, clocks that are two hours wrong, a far side that is away, answers twice, too late or never.
"""

import json
import threading
from collections import Counter
from datetime import time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

import pytest
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from accounts.roles import Role
from audit import delivery
from audit.models import Due, Event, Outbox
from clinical.models import Prescription
from devtools.console import free_port
from notifications import gateways
from notifications import services as messages
from notifications.models import Delivery, Message
from orders.lifecycle import RequestStatus as Q
from tests import world
from tests.desks import offices
from tests.faults.running import Platform, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

CARES = 5  # patients whose doctor wrote something to be heeded
LETTERS = 80  # letters whose quiet hours are over in the same minute
TWO_HOURS = 7200


class FarSide:
    """A gateway that keeps each key once, as the contract says; ``manner`` says how it answers."""

    def __init__(self, port, manner):
        kept, asked, chance = Counter(), Counter(), Random(20261122)
        lock, ended = threading.Lock(), threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    asked[said["key"]] += 1
                    kept[said["key"]] = 1
                    late = manner is badly and len(asked) == 1 and asked[said["key"]] == 1
                    status, body = manner(said["key"], asked[said["key"]], chance)
                if late:  # it has taken the first of all, and says so when nobody listens any more
                    ended.wait(2 * gateways.SECONDS)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.kept, self.asked, self.ended = kept, asked, ended
        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()


def well(key, nth, chance):
    return 200, json.dumps({"key": key, "state": "delivered"}).encode()


def badly(key, nth, chance):
    """At the first asking a third is taken and answered twice in one, a third is taken and answered with an error."""
    answer = well(key, nth, chance)[1]
    return chance.choice([(200, answer), (200, answer * 2), (502, b"")]) if nth == 1 else (200, answer)


@pytest.fixture
def port(monkeypatch):
    """Where the platform's own processes will look for the gateway."""
    number = free_port()
    monkeypatch.setenv("MESSAGE_GATEWAY", "notifications.gateways.ByPost")
    monkeypatch.setenv("MESSAGE_GATEWAY_URL", f"http://127.0.0.1:{number}/send")
    return number


@pytest.fixture
def waiting(transactional_db):
    return will_fall_due()


def will_fall_due():
    """Reminders and letters that will all be due at the same moment, to a person who takes text messages."""
    t = world.town(now=timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=2))
    messages.choose_reach(
        phone="15400000001", by_sms=True, by_voice=False, quiet_from=time(8), quiet_until=time(8),
        by=t.actor(Role.PROXY), now=t.now,
    )  # fmt: skip
    for _ in range(CARES):
        offices.another_patient(t)
        world.request(t, Q.PRESCRIBED)
    Prescription.objects.update(cautions="降压药早饭后服用")
    for row in Outbox.objects.filter(event_type="clinical.prescription_signed"):
        delivery.deliver(outbox_id=row.pk)
    Outbox.objects.filter(done_at__isnull=True).update(done_at=timezone.now())  # what led here was told long ago
    Due.objects.exclude(kind="reminder.guidance").delete()
    for n in range(LETTERS):
        letter = messages.Letter(t.users[Role.PROXY].pk, "family.accepted", "护士已约好上门时间", "护士将上门。")
        messages.tell(
            event="orders.accepted", event_id=10**9 + n, letters=[letter], organisation_id=t.centre.pk,
            patient_id=t.patient.pk, now=t.now,
        )  # fmt: skip
    later = timezone.now() + timedelta(hours=1)
    Due.objects.update(due_at=later)
    Delivery.objects.update(due_at=later)
    return Event.objects.aggregate(newest=Max("id"))["newest"]


def fall_due():
    Due.objects.update(due_at=timezone.now())
    Delivery.objects.update(due_at=timezone.now())


def pauses_end():
    """What was tried in vain is tried again, as after its pause."""
    now = timezone.now()
    Delivery.objects.filter(state="queued", due_at__gt=now, attempts__gte=1).update(due_at=now)


def leases_end():
    """A minute passes: what the dead had claimed is free again."""
    Delivery.objects.filter(state="queued", lease_until__isnull=False).update(lease_until=timezone.now())


def all_arrived(far, since):
    def over():
        pauses_end()
        if Delivery.objects.filter(state="queued").exists():
            return False
        late = Due.objects.filter(kind="reminder.guidance", done_at__isnull=True)
        told = Outbox.objects.filter(event_type="notifications.guidance_sent", done_at__isnull=False)
        return not late.exists() and told.count() == CARES and Delivery.objects.count() == LETTERS + CARES

    try:
        wait_until(over, "every reminder and every letter", seconds=120)
    except AssertionError as late:
        letters = Counter(Delivery.objects.values_list("state", "attempts", "last_error"))
        waits = Outbox.objects.filter(done_at__isnull=True).values_list("event_type", "attempts", "last_error")
        raise AssertionError(f"{late}; letters {letters}, not told {list(waits[:5])}") from late
    acts = Event.objects.filter(kind=Event.Kind.ACT, id__gt=since, action="notifications.guidance_sent")
    assert sorted(Counter(acts.values_list("object_id", flat=True)).values()) == [1] * CARES
    assert Message.objects.filter(template="family.guidance").count() == CARES
    assert Delivery.objects.filter(state="delivered").count() == LETTERS + CARES
    assert set(far.kept) == {str(key) for key in Delivery.objects.values_list("key", flat=True)}


@pytest.mark.clause("002 五(四)")
def test_two_beats_a_killed_worker_and_a_far_side_that_answers_badly_lose_and_double_nothing(waiting, port):
    with FarSide(port, badly) as far, Platform() as running:
        running.start_redis()
        worker = running.start_worker()
        running.start_worker()
        running.start_beat()
        running.start_beat()
        fall_due()
        wait_until(lambda: len(far.asked) > LETTERS // 8, "the first letters")
        running.kill(worker)
        leases_end()
        running.flush_redis()

        all_arrived(far, waiting)


def test_two_ticks_with_wrong_clocks_do_it_also_when_one_is_killed_and_the_far_side_was_away(waiting, port):
    with Platform() as running:
        tick = running.start_tick(ahead=TWO_HOURS)
        running.start_tick(ahead=-TWO_HOURS)
        wait_until(lambda: _looking() == 2, "both ticks", seconds=90)
        early = timezone.now()
        assert not Delivery.objects.filter(attempts__gte=1).exists()  # by one of the clocks they were due an hour ago
        fall_due()
        wait_until(lambda: Delivery.objects.filter(state="queued", attempts__gte=1).exists(), "a try in vain")
        running.kill(tick)
        leases_end()
        with FarSide(port, well) as far:
            all_arrived(far, waiting)
            assert max(far.asked.values()) == 1  # nobody had taken anything before
    times = Message.objects.filter(template="family.guidance").values_list("created_at", flat=True)
    assert all(early < moment < timezone.now() for moment in times)


def test_a_redis_that_stops_and_one_that_is_killed_leave_it_to_the_second_tick(waiting, port):
    with FarSide(port, well) as far, Platform() as running:
        running.start_redis()
        running.start_worker()
        running.start_beat()
        running.start_tick()
        running.stop_redis()
        fall_due()
        wait_until(lambda: far.asked, "the first letters")
        running.start_redis()
        running.kill_redis()

        all_arrived(far, waiting)


@pytest.mark.clause("002 五(四)")
def test_a_database_that_loses_its_power_loses_no_reminder_and_repeats_none(make_cluster, platform_on, port):
    cluster = make_cluster(durable=True)
    with platform_on(cluster.url()), FarSide(port, well) as far, Platform(cluster.url()) as running:
        since = will_fall_due()
        running.start_redis()
        running.start_worker()
        running.start_beat()
        running.start_tick()
        fall_due()
        wait_until(lambda: far.asked, "the first letters")
        connection.close()
        cluster.crash()
        cluster.started()
        leases_end()

        all_arrived(far, since)


def _looking() -> int:
    """How many other processes have looked once, and wait for their next look."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state = 'idle' AND query = 'COMMIT'"
        )
        return cursor.fetchone()[0]
