"""
An order and its steps, with the same columns and indexes once for each way of keeping a trace.

Without migrations: :mod:`bench.ground` makes the tables, and only in databases that are thrown away.
"""

import pghistory
from django.db import models
from simple_history.models import HistoricalRecords


class OrderColumns(models.Model):
    """What the platform's own order has, its foreign keys as plain numbers."""

    number = models.CharField(max_length=20, unique=True)
    request_id = models.BigIntegerField()
    prescription_id = models.BigIntegerField()
    patient_id = models.UUIDField()
    centre_id = models.BigIntegerField()
    place = models.CharField(max_length=12, default="home")
    status = models.CharField(max_length=24)
    version = models.PositiveIntegerField(default=1)
    status_since = models.DateTimeField()
    created_at = models.DateTimeField()
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(default=60)
    nurse_id = models.BigIntegerField(null=True)
    planned_start = models.DateTimeField(null=True)
    planned_end = models.DateTimeField(null=True)
    accept_by = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    confirmed_how = models.CharField(max_length=8, blank=True)
    visit_code = models.CharField(max_length=6, default="123456")
    code_tries = models.PositiveSmallIntegerField(default=0)
    last_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["centre_id", "status", "-id"]), models.Index(fields=["patient_id", "-id"])]

    def __str__(self):
        return self.number


class StepColumns(models.Model):
    """One step of an order, as :class:`audit.models.StepBase` has it."""

    order_id = models.BigIntegerField(db_index=True)
    name = models.CharField(max_length=32)
    from_status = models.CharField(max_length=24)
    to_status = models.CharField(max_length=24)
    taken_at = models.DateTimeField()
    taken_by_id = models.BigIntegerField(null=True)
    role = models.CharField(max_length=24)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name


class BareOrder(OrderColumns):
    pass


class BareStep(StepColumns):
    pass


class TracedOrder(OrderColumns):
    """Ours: :func:`audit.services.recording` and the generated row triggers."""


class TracedStep(StepColumns):
    pass


class ChainedOrder(OrderColumns):
    pass


class ChainedStep(StepColumns):
    pass


class Chain(models.Model):
    """The end of a global hash chain: one row, which every writer locks."""

    digest = models.BinaryField()

    def __str__(self):
        return bytes(self.digest).hex()


class ChainEvent(models.Model):
    """A link of the chain."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    data = models.JSONField()
    digest = models.BinaryField()

    def __str__(self):
        return self.action


class LoggedOrder(OrderColumns):
    """django-auditlog."""


class LoggedStep(StepColumns):
    pass


class HistoricOrder(OrderColumns):
    """django-simple-history."""

    history = HistoricalRecords()


class HistoricStep(StepColumns):
    history = HistoricalRecords()


@pghistory.track()
class EventedOrder(OrderColumns):
    """django-pghistory: inserts, updates and deletes, by triggers."""


@pghistory.track()
class EventedStep(StepColumns):
    pass
