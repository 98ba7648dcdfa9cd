"""
Years of a district at once: rows like those that the verbs leave behind, made by the database from a few real ones.

The day is the same however long the past is: every nurse has the same number of visits, only the days before differ.
A table is written with its triggers off, so nothing of it stands in the trace; the counts are made by the platform.
"""

from contextlib import closing
from dataclasses import dataclass

from bench import ground

SLOTS = 15  # visits of a nurse on one day, each of forty minutes
TABLES = (
    "clinical_assessment", "clinical_prescription", "orders_servicerequest", "clinical_visitrecord", "orders_order",
    "orders_orderline", "orders_orderstep", "orders_offer", "orders_rating", "safety_incident",
)  # fmt: skip

# Everything about one order that another table needs, once: tomorrow first, then today, then the past.
_PAST = """
    CREATE TEMP TABLE past AS
    SELECT i, i / %(a_day)s AS d, n.nurse_id, n.user_id, n.centre_id, o.*,
        (%(noon)s::timestamptz + interval '1 day' * (1 - i / %(a_day)s)
            + interval '40 minutes' * (i %% %(a_day)s / %(nurses)s) - interval '4 hours') AS start,
        %(orders)s + %(many)s - i AS order_id,
        %(requests)s + %(most)s - ((i / %(a_day)s) / 4) * %(a_day)s - i %% %(a_day)s AS request_id,
        CASE
            WHEN i / %(a_day)s = 0 THEN CASE WHEN i %% 20 = 3 THEN 'awaiting_dispatch' ELSE 'accepted' END
            WHEN i / %(a_day)s = 1 THEN CASE (i %% %(a_day)s) / %(nurses)s
                WHEN 7 THEN 'in_service' WHEN 8 THEN 'en_route' WHEN 9 THEN 'accepted' WHEN 10 THEN 'accepted'
                WHEN 11 THEN 'accepted' WHEN 12 THEN 'accepted' WHEN 13 THEN 'accepted' WHEN 14 THEN 'accepted'
                ELSE CASE WHEN i %% 200 = 7 THEN 'disputed' WHEN i %% 100 = 9 THEN 'no_show'
                    WHEN i %% 3 = 0 THEN 'completed' ELSE 'awaiting_confirmation' END END
            WHEN i %% 100 < 2 THEN 'no_show' WHEN i %% 100 = 2 THEN 'aborted' WHEN i %% 100 < 6 THEN 'cancelled'
            ELSE 'completed'
        END AS status
    FROM generate_series(0, %(many)s - 1) AS i
    JOIN (SELECT row_number() OVER (ORDER BY n.id) - 1 AS place, n.id AS nurse_id, n.user_id,
              post.organisation_id AS centre_id
          FROM nurses_nurse n
          JOIN nurses_affiliation a ON a.nurse_id = n.id JOIN accounts_post post ON post.id = a.post_id) n
        ON n.place = i %% %(nurses)s
    JOIN (SELECT DISTINCT ON (centre_id) id AS like_order, request_id AS like_request, patient_id,
              prescription_id AS like_prescription, centre_id AS at
          FROM orders_order WHERE status = 'awaiting_dispatch' ORDER BY centre_id, id) o ON o.at = n.centre_id;
    ANALYZE past;
"""
SERVED = "('completed', 'awaiting_confirmation', 'disputed', 'in_service')"
ENDED = "('completed', 'awaiting_confirmation', 'disputed')"
FIRST_OF_EACH_REQUEST = "(SELECT DISTINCT ON (request_id) * FROM past ORDER BY request_id, start) p"
COPIES: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("clinical_assessment", FIRST_OF_EACH_REQUEST,
     "(SELECT assessment_id FROM orders_servicerequest r WHERE r.id = p.like_request)",
     {"id": "p.request_id", "planned_start": "p.start - interval '4 days'",
      "planned_end": "p.start - interval '4 days' + interval '1 hour'", "arrived_at": "p.start - interval '4 days'"}),
    ("clinical_prescription", FIRST_OF_EACH_REQUEST, "p.like_prescription",
     {"id": "p.request_id", "number": "'BP' || p.request_id", "assessment_id": "p.request_id"}),
    ("orders_servicerequest", FIRST_OF_EACH_REQUEST, "p.like_request",
     {"id": "p.request_id", "number": "'BS' || p.request_id", "submitted_at": "p.start - interval '5 days'",
      "status_since": "p.start - interval '4 days'", "assessment_id": "p.request_id",
      "prescription_id": "p.request_id"}),
    ("clinical_visitrecord", f"(SELECT * FROM past WHERE status IN {SERVED} ORDER BY order_id) p",  # noqa: S608
     "(SELECT min(id) FROM clinical_visitrecord)",
     {"id": "p.order_id", "patient_id": "p.patient_id", "centre_id": "p.centre_id", "nurse_id": "p.user_id",
      "started_at": "p.start", "closed_at": "p.start + interval '30 minutes'"}),
    ("orders_order", "(SELECT * FROM past ORDER BY order_id) p", "p.like_order",
     {"id": "p.order_id", "number": "'BD' || p.order_id", "request_id": "p.request_id",
      "prescription_id": "p.request_id", "status": "p.status", "status_since": "p.start + interval '30 minutes'",
      "created_at": "p.start - interval '3 days'", "window_start": "p.start - interval '1 hour'",
      "window_end": "p.start + interval '3 hours'",
      "nurse_id": "CASE WHEN p.status <> 'awaiting_dispatch' THEN p.nurse_id END",
      "planned_start": "CASE WHEN p.status <> 'awaiting_dispatch' THEN p.start END",
      "planned_end": "CASE WHEN p.status <> 'awaiting_dispatch' THEN p.start + interval '35 minutes' END",
      "accepted_at": "p.start - interval '1 day'",
      "arrived_at": f"CASE WHEN p.status IN {SERVED} THEN p.start + interval '1 minute' * (mod(p.i, 25) - 5) END",
      "finished_at": f"CASE WHEN p.status IN {ENDED} THEN p.start + interval '30 minutes' END",
      "confirmed_at": "CASE WHEN p.status = 'completed' THEN p.start + interval '1 hour' END",
      "confirmed_how": "CASE WHEN p.status = 'completed' THEN 'family' ELSE '' END",
      "visit_record_id": f"CASE WHEN p.status IN {SERVED} THEN p.order_id END"}),
    ("orders_orderline", "past p", "(SELECT min(id) FROM orders_orderline l WHERE l.order_id = p.like_order)",
     {"order_id": "p.order_id"}),
    ("orders_orderstep", "(SELECT * FROM past ORDER BY order_id) p", "(SELECT min(id) FROM orders_orderstep)",
     {"order_id": "p.order_id", "name": "'accept'", "taken_at": "p.start - interval '1 day'"}),
    ("orders_orderstep", f"(SELECT * FROM past WHERE status IN {ENDED} ORDER BY order_id) p",  # noqa: S608
     "(SELECT min(id) FROM orders_orderstep)",
     {"order_id": "p.order_id", "name": "'finish'", "taken_at": "p.start + interval '30 minutes'"}),
    ("orders_offer", "past p", "(SELECT min(id) FROM orders_offer)",
     {"order_id": "p.order_id", "centre_id": "p.centre_id", "nurse_id": "p.nurse_id", "planned_start": "p.start",
      "planned_end": "p.start + interval '35 minutes'", "offered_at": "p.start - interval '2 days'",
      "accepted_at": "p.start - interval '1 day'"}),
    ("orders_rating", "(SELECT * FROM past WHERE status = 'completed' AND mod(i, 5) < 3 ORDER BY order_id) p",
     "(SELECT min(id) FROM orders_rating)",
     {"order_id": "p.order_id", "centre_id": "p.centre_id", "rated_at": "p.start + interval '2 hours'",
      "on_time": "3 + mod(p.i, 3)"}),
    ("safety_incident", "(SELECT * FROM past WHERE status = 'aborted') p", "(SELECT min(id) FROM safety_incident)",
     {"order_id": "p.order_id", "centre_id": "p.centre_id", "kind": "'aborted'", "opened_at": "p.start",
      "closed_at": "p.start + interval '1 day'", "cause": "'已处理'"}),
)  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """A district by the platform's own verbs, of which every later row is a copy; and homes nobody has asked for."""

    commission: int
    supervisor: int
    centres: list[int]
    nurses: int
    homes: list[tuple[str, int]]  # patient, centre


def settle(*, centres: int, nurses: int, say) -> Ground:
    """Make the district: at each centre one order that waits to be sent out, and one served from end to end."""
    from datetime import date, timedelta

    from accounts.roles import Role
    from audit import delivery
    from audit.models import Outbox
    from bench import crowd
    from institutions.models import Town
    from orders import services as orders
    from orders.lifecycle import OrderStatus
    from patients import services as patients
    from tests import world
    from tests.world import places

    made = crowd.build(centres=centres, desks=centres, nurses=nurses, orders=centres, say=say)
    t = made.town
    done = world.order(t, at=OrderStatus.COMPLETED)
    answers = {"on_time": 5, "explained": 5, "asked": 5, "observed": 5}
    orders.rate(order_id=done.pk, answers=answers, by=t.actor(Role.PROXY), now=t.now)
    stopped = crowd._door(t, t.centre, Town.objects.get(pk=places.WEIFANG), {}, date(1935, 2, 3))
    world.order(stopped, at=OrderStatus.ABORTED)
    # Of what was told meanwhile only the stopped visit matters here: its incident is what later ones are like.
    told = Outbox.objects.filter(done_at=None)
    told.exclude(event_type="orders.aborted").update(done_at=t.now)
    for pk in told.values_list("pk", flat=True):
        delivery.deliver(outbox_id=pk)
    towns = [Town.objects.get(pk=places.WEIFANG), *Town.objects.exclude(pk=places.WEIFANG).order_by("code")]
    homes = [
        crowd._door(t, centre, towns[n % len(towns)], {}, date(1934, 1, 1) + timedelta(days=n))
        for n, centre in enumerate(made.centres)
    ]
    for n, home in enumerate(homes):  # each with a family of its own: one account for all would be looked into
        patients.add_proxy(
            patient_id=home.patient.pk, user=places.person(f"家属{n}", username=f"bench-family-{n}", now=t.now),
            relation="女儿", scopes=["apply", "manage"], expires_on=t.now.date() + timedelta(days=90),
            by=places.SETUP, now=t.now,
        )  # fmt: skip
    return Ground(
        t.district.pk, t.users[Role.SUPERVISOR].pk, [centre.pk for centre in made.centres],
        ground.query("SELECT count(*) FROM nurses_nurse")[0][0],
        [(str(home.patient.pk), home.centre.pk) for home in homes],
    )  # fmt: skip


def live(district: Ground, *, orders: int, sockets, say) -> int:
    """Give the district a past of so many orders; how many days it reaches back."""
    import psycopg2
    from django.utils import timezone

    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    a_day = district.nurses * SLOTS
    last = ground.query("SELECT (SELECT max(id) FROM orders_order), (SELECT max(id) FROM orders_servicerequest)")[0]
    facts = {
        "many": orders, "a_day": a_day, "nurses": district.nurses, "noon": noon, "orders": last[0],
        "requests": last[1] + 1000, "most": ((orders - 1) // a_day // 4 + 1) * a_day,
    }  # fmt: skip
    # Only the server's own administrator may leave every trigger out, foreign keys' as well.
    with ground.clock(say, f"{orders} orders"), closing(
        psycopg2.connect(host=str(sockets), user="postgres", dbname=ground.current())
    ) as hand:  # fmt: skip
        hand.autocommit = True
        with hand.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off; SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'")
            cursor.execute(_PAST, facts)
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            for table, source, like, changed in COPIES:
                _copy(cursor, table, source, like, changed)
            for table in TABLES:
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_row")
                cursor.execute(f"VACUUM ANALYZE {table}")
    return orders // a_day


def _copy(cursor, table, source, like, changed) -> None:
    """Write rows like one that a verb has made, but for what is said to differ."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s", [table]
    )
    columns = [name for (name,) in cursor.fetchall() if name != "id" or "id" in changed]
    taken = ", ".join(changed.get(name, f"t.{name}") for name in columns)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {taken} FROM {source} JOIN {table} t ON t.id = {like}"  # noqa: S608
    )


def count(district: Ground, *, days: int, say) -> int:
    """Make the counts of every day by the platform's own proof; how many lines there are."""
    from datetime import timedelta

    from django.utils import timezone

    from accounts.models import Organization
    from indicators import services
    from kernel.actors import system

    now = timezone.now()
    today = timezone.localdate(now)
    with ground.clock(say, f"counts of {days} days"):
        return services.reconcile(
            district=Organization.objects.get(pk=district.commission), first=today - timedelta(days=days + 10),
            last=today + timedelta(days=2), by=system("bench"), now=now,
        )  # fmt: skip
