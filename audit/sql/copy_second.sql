-- On the second server, in an empty database of its own, as that server's administrator. May be run again.
-- The same columns in the same order as on the platform's server, so that equal events are equal bytes. No rules about
-- their contents: whatever the platform wrote belongs into the copy.

CREATE SCHEMA IF NOT EXISTS audit;

CREATE TABLE IF NOT EXISTS audit.event (
    id              bigint PRIMARY KEY,
    at              timestamptz NOT NULL,
    xid             bigint NOT NULL,
    kind            text NOT NULL,
    action          text NOT NULL,
    outcome         text NOT NULL,
    act_id          uuid,
    actor_kind      text NOT NULL,
    actor_id        text NOT NULL,
    role            text NOT NULL,
    organisation_id bigint,
    object_type     text NOT NULL,
    object_id       text NOT NULL,
    subject_id      text NOT NULL,
    reason          text NOT NULL,
    request_id      text NOT NULL,
    ip              text NOT NULL,
    happened_at     timestamptz NOT NULL,
    db_user         text NOT NULL,
    data            json NOT NULL
);

CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the second copy is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON audit.event
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE OR REPLACE TRIGGER event_no_truncate BEFORE TRUNCATE ON audit.event
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
-- Replication itself runs as a replica, for which ordinary triggers are silent.
ALTER TABLE audit.event ENABLE ALWAYS TRIGGER event_append_only;
ALTER TABLE audit.event ENABLE ALWAYS TRIGGER event_no_truncate;

-- The account of AUDIT_COPY_URL: it reads and does nothing else. Its password is set by hand: \password auditor
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'auditor') THEN
        CREATE ROLE auditor LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
END $$;
GRANT USAGE ON SCHEMA audit TO auditor;
GRANT SELECT ON audit.event TO auditor;

-- Last, by hand, with the first server's address (docs/setup.md, 第二副本):
--   CREATE SUBSCRIPTION audit_copy CONNECTION 'host=... dbname=... user=audit_copier password=... sslmode=verify-full'
--       PUBLICATION audit_copy;
