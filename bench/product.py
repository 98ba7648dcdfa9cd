"""
The platform's own verbs with the trace and without: a family applies, the desk takes it in, the family withdraws.

Without means a copy of the same database with no trigger on any table, and verbs that write their outbox row alone.
"""

import multiprocessing
from collections.abc import Callable
from datetime import timedelta
from unittest import mock

from django.utils import timezone

from accounts.models import Post, User
from audit import services as audit
from audit.models import Outbox
from bench import ground, town
from orders import services
from orders.models import ServiceRequest
from patients.actors import actor_for
from patients.models import Patient

TRACED, BARE = "town", "town_bare"
FAMILIES = 8  # more than there are writers: nobody waits for another's request
_cycles: dict[str, "Cycle"] = {}


def make_bare() -> None:
    """Copy the town and take every trigger of the trace away."""
    ground.copy(TRACED, BARE)
    for table, trigger in ground.query(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname IN ('audit_row', 'audit_truncate')"
    ):
        ground.query(f"DROP TRIGGER {trigger} ON {table}")
    ground.use(TRACED)


class Cycle:
    """One family's request, round and round; each call is one verb."""

    def __init__(self, number: int):
        today = timezone.localdate()
        user = User.objects.get(username=town.FAMILY.format(number))
        self.family = actor_for(user, on=today)
        (patient,) = self.family.patients_as("patient")
        self.patient = Patient.objects.get(pk=patient)
        post = Post.objects.filter(user__username="demo-dispatcher").select_related("organisation", "user").get()
        self.desk, self.centre = actor_for(post.user, on=today), post.organisation
        self.request: ServiceRequest | None = None
        self.at = 0

    def step(self) -> None:
        now = timezone.now()
        if self.request is None or self.at % 3 == 0:
            self.request = services.submit(
                patient=self.patient,
                centre=self.centre,
                wish="老人行动不便，想请护士定期上门量血压",
                wished_from=now + timedelta(days=1),
                wished_to=now + timedelta(days=1, hours=3),
                by=self.family,
                now=now,
            )
        elif self.at % 3 == 1:
            services.receive(request_id=self.request.pk, by=self.desk, now=now)
        else:
            services.withdraw(request_id=self.request.pk, by=self.family, now=now)
        self.at += 1


def prepare(name: str, work: float) -> Callable[[], None]:
    """Return the next verb of this writer's own family, in the database that ``name`` belongs to."""
    wanted = TRACED if name == "ours" else BARE
    if ground.current() != wanted:
        ground.use(wanted)
    if wanted not in _cycles:
        _cycles[wanted] = Cycle(int(multiprocessing.current_process().name.rpartition("-")[2]))
    step = _cycles[wanted].step
    if wanted == TRACED:
        return step

    def bare():
        with mock.patch.object(audit, "_append", _outbox_only), mock.patch.object(audit, "_begin", return_value=""):
            step()

    return bare


def _outbox_only(*, action, now, target=None, ends=None, **_):
    if ends is None:
        return None
    return Outbox.objects.create(
        event_type=action,
        object_type=target._meta.label_lower,
        object_id=str(target.pk),
        payload=ends.payload,
        created_at=now,
    ).pk
