-- The one way in, and what is captured below the code. Every function has its own search_path: it runs with its owner's rights.

ALTER TABLE audit.event DROP CONSTRAINT event_kind_check;
ALTER TABLE audit.event ADD CONSTRAINT event_kind_check
    CHECK (kind IN ('act', 'look', 'refusal', 'login', 'row', 'ddl'));

-- The sealer asks for transactions, and the rows of an act share the act's. Ordered by time, so a B-tree stays small.
DROP INDEX audit.event_xid;
CREATE INDEX event_xid ON audit.event (xid);
-- Row events leave these columns to their act.
DROP INDEX audit.event_subject;
CREATE INDEX event_subject ON audit.event (subject_id, id) WHERE subject_id <> '';
DROP INDEX audit.event_actor;
CREATE INDEX event_actor ON audit.event (actor_id, id) WHERE actor_id <> '';

CREATE FUNCTION audit.record(
    a_kind text, a_action text, a_outcome text, a_act_id uuid, a_actor_kind text, a_actor_id text, a_role text,
    a_organisation_id bigint, a_object_type text, a_object_id text, a_subject_id text, a_reason text,
    a_request_id text, a_ip text, a_happened_at timestamptz, a_data json
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    written bigint;
BEGIN
    -- What the database sees by itself cannot be claimed by a client.
    IF a_kind NOT IN ('act', 'look', 'refusal', 'login') THEN
        RAISE EXCEPTION 'audit.record does not write events of kind %', a_kind USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO audit.event (kind, action, outcome, act_id, actor_kind, actor_id, role, organisation_id, object_type,
        object_id, subject_id, reason, request_id, ip, happened_at, data)
    VALUES (a_kind, a_action, a_outcome, a_act_id, a_actor_kind, a_actor_id, a_role, a_organisation_id, a_object_type,
        a_object_id, a_subject_id, a_reason, a_request_id, a_ip, a_happened_at, a_data)
    RETURNING id INTO written;
    RETURN written;
END $$;

-- A value as JSON; what is long is represented by its digest, so that the trace proves it without holding it.
CREATE FUNCTION audit.said(value text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN length(value) > 200
        THEN '"sha256:' || encode(sha256(convert_to(value, 'UTF8')), 'hex') || '"'
        ELSE to_json(value)::text END
$$;

CREATE FUNCTION audit.said_json(value text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN length(value) > 200
        THEN '"sha256:' || encode(sha256(convert_to(value, 'UTF8')), 'hex') || '"'
        ELSE value END
$$;

CREATE FUNCTION audit.truncated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO audit.event (kind, action, act_id, actor_kind, actor_id, object_type, happened_at)
    VALUES ('row', 'truncate', nullif(current_setting('app.act', true), '')::uuid, 'database', session_user,
            TG_ARGV[0], clock_timestamp());
    RETURN NULL;
END $$;

-- One column's JSON as an expression over the record variable, or NULL for a sealed one.
CREATE FUNCTION audit.expression(variable text, attribute name, type oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'bool'::regtype)
            THEN format('%s.%I::text', variable, attribute)
        WHEN type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
            THEN format('audit.said(%s.%I::text)', variable, attribute)
        WHEN type IN ('json'::regtype, 'jsonb'::regtype)
            THEN format('audit.said_json(%s.%I::text)', variable, attribute)
        WHEN type = 'bytea'::regtype
            THEN format('to_json(''sha256:'' || encode(sha256(%s.%I), ''hex''))::text', variable, attribute)
        ELSE format('audit.said_json(to_json(%s.%I)::text)', variable, attribute)
    END
$$;

-- Writes the row function of one table from the catalogue: no dynamic SQL and no whole-row JSON while it runs.
-- The trigger itself is made by the table's owner (audit/capture.py). Returns whether the function was changed.
CREATE FUNCTION audit.capture(watched regclass, label text, pk text, sealed text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $capture$
DECLARE
    name text := 'row_' || (SELECT relname FROM pg_class WHERE oid = watched);
    col record;
    altered text := '';
    inserted text := '';
    deleted text := '';
    body text;
    old_body text;
BEGIN
    FOR col IN
        SELECT attname, atttypid FROM pg_attribute
        WHERE attrelid = watched AND attnum > 0 AND NOT attisdropped ORDER BY attnum
    LOOP
        IF col.attname = ANY (sealed) THEN
            altered := altered || format(E'    IF NEW.%1$I IS DISTINCT FROM OLD.%1$I THEN d := d || %2$L; END IF;\n',
                col.attname, ',' || to_json(col.attname::text)::text || ':"sealed"');
        ELSE
            altered := altered || format(
                E'    IF NEW.%1$I%5$s IS DISTINCT FROM OLD.%1$I%5$s THEN d := d || %2$L || coalesce(%3$s, ''null'') || '','' || coalesce(%4$s, ''null'') || '']''; END IF;\n',
                col.attname, ',' || to_json(col.attname::text)::text || ':[',
                audit.expression('OLD', col.attname, col.atttypid), audit.expression('NEW', col.attname, col.atttypid),
                CASE WHEN col.atttypid = 'json'::regtype THEN '::text' ELSE '' END);
        END IF;
        CONTINUE WHEN col.attname = pk;
        inserted := inserted || audit.first_value('NEW', col.attname, col.atttypid, col.attname = ANY (sealed));
        deleted := deleted || audit.first_value('OLD', col.attname, col.atttypid, col.attname = ANY (sealed));
    END LOOP;
    body := format($body$
DECLARE
    act uuid := nullif(current_setting('app.act', true), '')::uuid;
    d text := '';
    key text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
    key := OLD.%1$I;
%2$s    IF d = '' THEN RETURN NULL; END IF;
    ELSIF TG_OP = 'INSERT' THEN
    key := NEW.%1$I;
%3$s    ELSE
    key := OLD.%1$I;
%4$s    END IF;
    IF act IS NULL THEN
        INSERT INTO audit.event (kind, action, actor_kind, actor_id, object_type, object_id, happened_at, data)
        VALUES ('row', lower(TG_OP), 'database', session_user, %5$L, key, statement_timestamp(),
                ('{' || substr(d, 2) || '}')::json);
    ELSE
        INSERT INTO audit.event (kind, action, act_id, actor_kind, actor_id, object_type, object_id, happened_at, data)
        VALUES ('row', lower(TG_OP), act, '', '', %5$L, key, statement_timestamp(), ('{' || substr(d, 2) || '}')::json);
    END IF;
    RETURN NULL;
END $body$, pk, altered, inserted, deleted, label);
    SELECT prosrc INTO old_body FROM pg_proc WHERE pronamespace = 'audit'::regnamespace AND proname = name;
    IF old_body IS NOT DISTINCT FROM body THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE OR REPLACE FUNCTION audit.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS %L', name, body);
    RETURN true;
END $capture$;

CREATE FUNCTION audit.first_value(variable text, attribute name, type oid, is_sealed boolean) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN is_sealed THEN
        format(E'    IF %1$s.%2$I IS NOT NULL THEN d := d || %3$L; END IF;\n', variable, attribute,
            ',' || to_json(attribute::text)::text || ':"sealed"')
    ELSE
        format(E'    IF %1$s.%2$I IS NOT NULL%5$s THEN d := d || %3$L || %4$s; END IF;\n', variable, attribute,
            ',' || to_json(attribute::text)::text || ':', audit.expression(variable, attribute, type),
            CASE WHEN type IN ('text'::regtype, 'varchar'::regtype) THEN format(' AND %s.%I <> ''''', variable, attribute)
                 ELSE '' END)
    END
$$;

-- Partitions are made by whoever owns the table, also when the platform's own role asks for them.
CREATE OR REPLACE FUNCTION audit.make_partition(month date) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
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

CREATE OR REPLACE FUNCTION audit.make_partitions_ahead(months int) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT audit.make_partition((date_trunc('month', now()) + make_interval(months => n))::date)
    FROM generate_series(0, months) AS n;
$$;
