-- Every command that changes the database's own build leaves an event: who (the log-in role), which command, which object.
-- It fails closed. A change that could not be recorded would be the very one that silences the trace, and no care waits for
-- it: such commands come with deployments, never with a request.

CREATE OR REPLACE FUNCTION audit.note_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    objects json;
BEGIN
    -- Temporary objects end with their session and hold no rights; whatever uses one on a real table is a command too.
    IF tg_event = 'sql_drop' THEN
        SELECT json_agg(json_build_object('type', object_type, 'identity', object_identity))
        INTO objects FROM (
            SELECT object_type, object_identity FROM pg_event_trigger_dropped_objects()
            WHERE original AND NOT is_temporary LIMIT 50
        ) AS dropped;
    ELSE
        SELECT json_agg(json_build_object('type', object_type, 'identity', object_identity))
        INTO objects FROM (
            SELECT object_type, object_identity FROM pg_event_trigger_ddl_commands()
            WHERE schema_name IS DISTINCT FROM 'pg_temp' LIMIT 50
        ) AS changed;
    END IF;
    IF objects IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO audit.event (kind, action, actor_kind, actor_id, object_type, object_id, happened_at, data)
    VALUES ('ddl', lower(tg_tag), 'database', session_user, coalesce(objects -> 0 ->> 'type', ''),
            coalesce(objects -> 0 ->> 'identity', ''), statement_timestamp(), json_build_object('objects', objects));
END $$;

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES ('audit_ddl', 'ddl_command_end'), ('audit_ddl_drop', 'sql_drop')) AS e (name, event) LOOP
        IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = one.name) THEN
            EXECUTE format('CREATE EVENT TRIGGER %I ON %s EXECUTE FUNCTION audit.note_ddl()', one.name, one.event);
        END IF;
    END LOOP;
END $$;
