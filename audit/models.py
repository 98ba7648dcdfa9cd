"""Four records, four readers: Event for auditors, Outbox and Due for machines, Receipt for clients that repeat."""

from django.db import models
from django.db.models import Q


class PlainJson(models.JSONField):
    """A ``json`` column (text kept byte for byte, unlike ``jsonb``), which psycopg2 has already parsed."""

    def from_db_value(self, value, expression, connection):
        return super().from_db_value(value, expression, connection) if isinstance(value, str) else value


class Event(models.Model):
    """
    One line of the trace: appended, never changed, never read by features (002 五(七)2(2), 五(八)).

    Unmanaged: the partitioned table, its append-only triggers and its partitions are made by SQL in the first
    migration. There are no foreign keys, so the trace outlives what it describes and nothing cascades into it.
    ``at`` and ``xid`` are the database's own facts; ``happened_at`` is when the act is said to have happened.
    Names, phones and identity numbers never stand here: only opaque ids.
    """

    class Kind(models.TextChoices):
        ACT = "act", "办理"
        LOOK = "look", "查看"
        REFUSAL = "refusal", "拒绝"
        LOGIN = "login", "登录"
        ROW = "row", "数据变更"
        DDL = "ddl", "结构变更"

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    xid = models.BigIntegerField()
    kind = models.TextField(choices=Kind.choices)
    action = models.TextField()
    outcome = models.TextField()
    act_id = models.UUIDField(null=True)
    actor_kind = models.TextField()
    actor_id = models.TextField()
    role = models.TextField()
    organisation_id = models.BigIntegerField(null=True)
    object_type = models.TextField()
    object_id = models.TextField()
    subject_id = models.TextField()
    reason = models.TextField()
    request_id = models.TextField()
    ip = models.TextField()
    happened_at = models.DateTimeField()
    db_user = models.TextField()
    data = PlainJson(default=dict)

    class Meta:
        managed = False
        db_table = 'audit"."event'
        verbose_name = verbose_name_plural = "留痕事件"

    def __str__(self):
        return f"#{self.pk} {self.action} {self.object_type}:{self.object_id}"


class Era(models.Model):
    """
    One Merkle tree's time. A restore from a copy ends it, because the database's own counters begin anew.

    Unmanaged and append-only like the events; written by :mod:`audit.sealing.eras`.
    """

    era = models.IntegerField(primary_key=True)
    origin = models.TextField()
    verifier = models.TextField()
    system_id = models.TextField()
    boundary_id = models.BigIntegerField()
    opened_at = models.DateTimeField()
    opened_by = models.TextField()
    approved_by = models.TextField()
    reason = models.TextField()

    class Meta:
        managed = False
        db_table = 'audit"."era'
        verbose_name = verbose_name_plural = "封存纪元"

    def __str__(self):
        return self.origin


class Head(models.Model):
    """One signed tree head: everything sealed up to it, in 32 bytes and a signature. Unmanaged, append-only."""

    n = models.BigIntegerField(primary_key=True)
    era = models.ForeignKey(Era, models.DO_NOTHING, db_column="era", related_name="heads")
    tree_size = models.BigIntegerField()
    first_leaf = models.BigIntegerField()
    snapshot = models.TextField()
    max_id = models.BigIntegerField()
    root = models.BinaryField()
    at = models.DateTimeField()
    note = models.TextField()

    class Meta:
        managed = False
        db_table = 'audit"."head'
        verbose_name = verbose_name_plural = "封存记录"

    def __str__(self):
        return f"#{self.n}"


class EraProposal(models.Model):
    """One person asks for a new era, another agrees; the sealer, which holds the key, then opens it."""

    reason = models.CharField("原因", max_length=300)
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    approved_by = models.CharField(max_length=64, blank=True)
    approved_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    opened_era = models.IntegerField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "新纪元申请"
        constraints = [
            models.CheckConstraint(name="era_proposal_by_two", condition=~Q(approved_by=models.F("proposed_by"))),
            models.CheckConstraint(
                name="era_proposal_approved_before_opened",
                condition=Q(opened_era__isnull=True) | Q(approved_at__isnull=False),
            ),
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(opened_era__isnull=True, withdrawn_at__isnull=True),
                name="era_proposal_one_at_a_time",
            ),
        ]

    def __str__(self):
        return self.reason


class Publication(models.Model):
    """How far one place outside this machine has the heads, and what hinders the rest. One row a place."""

    place = models.CharField(max_length=300, unique=True)
    n = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField()
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "封存的外送"

    def __str__(self):
        return self.place


class Cosignature(models.Model):
    """A witness's line under one head: at that second, that was the history it knew."""

    n = models.BigIntegerField()
    name = models.CharField(max_length=120)
    line = models.CharField(max_length=400)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "见证方联署"
        constraints = [models.UniqueConstraint(fields=["n", "name"], name="cosigned_once_by_a_witness")]

    def __str__(self):
        return f"#{self.n} {self.name}"


class Verification(models.Model):
    """One run of the check that what is stored is what was sealed."""

    class Scope(models.TextChoices):
        FULL = "full", "全部"
        NEW = "new", "新增部分"

    scope = models.CharField(max_length=4, choices=Scope)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    events = models.BigIntegerField()
    heads = models.BigIntegerField()
    up_to = models.BigIntegerField()
    findings = models.JSONField(default=list)
    first_bad_event = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "留痕核验"

    def __str__(self):
        return f"{self.begun_at:%Y-%m-%d %H:%M}"


class Outbox(models.Model):
    """
    Work that must follow a committed act. Written in the act's own transaction, delivered after it, once.

    What failed is tried again from ``try_after`` on, however often it has failed.
    """

    event_type = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    try_after = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(done_at__isnull=True), name="outbox_waiting")]
        verbose_name = verbose_name_plural = "待投递事件"

    def __str__(self):
        return f"#{self.pk} {self.event_type}"


class Due(models.Model):
    """
    Something that must happen at a time. A row, not a countdown task, so a restarted broker loses none.

    ``key`` is unique, so asking twice makes one row; whoever finishes a row deletes nothing: ``done_at`` says when.
    The lock on the row is the claim: it ends with the process that holds it, so no lease is needed (ADR 0022).
    What failed is tried again from ``try_after`` on, however often it has failed.
    """

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True)
    object_id = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    try_after = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="due_waiting")]
        verbose_name = verbose_name_plural = "到期事项"

    def __str__(self):
        return f"{self.key} @ {self.due_at:%Y-%m-%d %H:%M}"


class Receipt(models.Model):
    """A client's own number for one act: the same number is answered as the first time."""

    id = models.UUIDField(primary_key=True)
    actor_id = models.CharField(max_length=64)
    verb = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "回执"

    def __str__(self):
        return f"{self.verb} {self.object_id}"


class StepBase(models.Model):
    """One step taken in a lifecycle: immutable, for features (timeline, clocks). The trace is for auditors."""

    name = models.CharField(max_length=32)
    from_status = models.CharField(max_length=24, blank=True)
    to_status = models.CharField(max_length=24)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=20)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.name} {self.from_status}→{self.to_status}"
