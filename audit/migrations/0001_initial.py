"""The trace's table is made by hand: partitions, append-only triggers and defaults are beyond the ORM."""

from django.db import migrations, models

import audit.models

TABLE = """
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE SCHEMA IF NOT EXISTS audit;

CREATE TABLE audit.event (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid             bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    kind            text NOT NULL CHECK (kind IN ('act', 'look', 'refusal', 'login', 'row')),
    action          text NOT NULL,
    outcome         text NOT NULL DEFAULT 'ok' CHECK (outcome IN ('ok', 'refused', 'failed')),
    act_id          uuid,
    actor_kind      text NOT NULL,
    actor_id        text NOT NULL,
    role            text NOT NULL DEFAULT '',
    organisation_id bigint,
    object_type     text NOT NULL DEFAULT '',
    object_id       text NOT NULL DEFAULT '',
    subject_id      text NOT NULL DEFAULT '',
    reason          text NOT NULL DEFAULT '',
    request_id      text NOT NULL DEFAULT '',
    ip              text NOT NULL DEFAULT '',
    happened_at     timestamptz NOT NULL,
    db_user         text NOT NULL DEFAULT session_user,
    data            json NOT NULL DEFAULT '{}',
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);

CREATE INDEX event_object ON audit.event (object_type, object_id, id);
CREATE INDEX event_subject ON audit.event (subject_id, id);
CREATE INDEX event_actor ON audit.event (actor_id, id);
CREATE INDEX event_at ON audit.event USING brin (at);
CREATE INDEX event_xid ON audit.event USING brin (xid);

CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit.event is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON audit.event
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
ALTER TABLE audit.event ENABLE ALWAYS TRIGGER event_append_only;

CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON audit.event
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
ALTER TABLE audit.event ENABLE ALWAYS TRIGGER event_no_truncate;

-- Row triggers are cloned to partitions; statement triggers are not, so each partition gets its own.
CREATE FUNCTION audit.make_partition(month date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    part  text := 'event_' || to_char(first, 'YYYYMM');
BEGIN
    IF to_regclass('audit.' || part) IS NULL THEN
        EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.event FOR VALUES FROM (%L) TO (%L)',
                       part, first, (first + interval '1 month')::date);
        EXECUTE format('CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON audit.%I
                        FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', part);
        EXECUTE format('ALTER TABLE audit.%I ENABLE ALWAYS TRIGGER event_no_truncate', part);
    END IF;
    RETURN part;
END $$;

CREATE FUNCTION audit.make_partitions_ahead(months int) RETURNS void LANGUAGE sql AS $$
    SELECT audit.make_partition((date_trunc('month', now()) + make_interval(months => n))::date)
    FROM generate_series(0, months) AS n;
$$;

SELECT audit.make_partitions_ahead(3);

-- One sequence behind every number that people read to each other over the phone.
CREATE SEQUENCE audit.number;

-- A month whose partition was not made in time must not stop care: its events land here and are seen by readiness.
CREATE TABLE audit.event_default PARTITION OF audit.event DEFAULT;
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON audit.event_default
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
ALTER TABLE audit.event_default ENABLE ALWAYS TRIGGER event_no_truncate;
"""

UNDO = "DROP SCHEMA audit CASCADE; DROP EXTENSION btree_gist"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(TABLE, UNDO),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("xid", models.BigIntegerField()),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("act", "办理"),
                            ("look", "查看"),
                            ("refusal", "拒绝"),
                            ("login", "登录"),
                            ("row", "数据变更"),
                        ]
                    ),
                ),
                ("action", models.TextField()),
                ("outcome", models.TextField()),
                ("act_id", models.UUIDField(null=True)),
                ("actor_kind", models.TextField()),
                ("actor_id", models.TextField()),
                ("role", models.TextField()),
                ("organisation_id", models.BigIntegerField(null=True)),
                ("object_type", models.TextField()),
                ("object_id", models.TextField()),
                ("subject_id", models.TextField()),
                ("reason", models.TextField()),
                ("request_id", models.TextField()),
                ("ip", models.TextField()),
                ("happened_at", models.DateTimeField()),
                ("db_user", models.TextField()),
                ("data", audit.models.PlainJson(default=dict)),
            ],
            options={
                "verbose_name": "留痕事件",
                "verbose_name_plural": "留痕事件",
                "db_table": 'audit"."event',
                "managed": False,
            },
        ),
    ]
