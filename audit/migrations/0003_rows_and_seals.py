"""Row changes are captured below the code; eras, heads and tiles for the seals."""

import django.db.models.deletion
from django.db import migrations, models

from audit import sql

UNDO = """
DROP TABLE audit.tile, audit.head, audit.era;
DROP FUNCTION audit.capture(regclass, text, text, text[]) CASCADE;
DROP FUNCTION audit.first_value(text, name, oid, boolean);
DROP FUNCTION audit.expression(text, name, oid);
DROP FUNCTION audit.truncated() CASCADE;
DROP FUNCTION audit.said_json(text);
DROP FUNCTION audit.said(text);
DROP FUNCTION audit.record(text, text, text, uuid, text, text, text, bigint, text, text, text, text, text, text,
    timestamptz, json);
DROP INDEX audit.event_xid;
CREATE INDEX event_xid ON audit.event USING brin (xid);
DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'audit'::regnamespace AND proname LIKE 'row\\_%' LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', f);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_receipt_due_outbox")]
    operations = [
        migrations.RunSQL(sql.read("0003_capture"), UNDO),
        migrations.RunSQL(sql.read("0003_seals"), migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Era",
            fields=[
                ("era", models.IntegerField(primary_key=True, serialize=False)),
                ("origin", models.TextField()),
                ("verifier", models.TextField()),
                ("system_id", models.TextField()),
                ("boundary_id", models.BigIntegerField()),
                ("opened_at", models.DateTimeField()),
                ("opened_by", models.TextField()),
                ("approved_by", models.TextField()),
                ("reason", models.TextField()),
            ],
            options={
                "verbose_name": "封存纪元",
                "verbose_name_plural": "封存纪元",
                "db_table": 'audit"."era',
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("n", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "era",
                    models.ForeignKey(
                        db_column="era",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="heads",
                        to="audit.era",
                    ),
                ),
                ("tree_size", models.BigIntegerField()),
                ("first_leaf", models.BigIntegerField()),
                ("snapshot", models.TextField()),
                ("max_id", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("note", models.TextField()),
            ],
            options={
                "verbose_name": "封存记录",
                "verbose_name_plural": "封存记录",
                "db_table": 'audit"."head',
                "managed": False,
            },
        ),
    ]
