-- Who may do what. Run by an administrator in one transaction, as often as one likes: whatever has drifted comes back.
-- audit_owner owns the trace and nobody logs in as it; migrator owns everything else; app, sealer and auditor own nothing.
-- The setting audit.open lends the trace to migrator for one deployment (manage.py audit_harden --open).

SELECT pg_advisory_xact_lock(hashtext('audit_harden'));

DO $$
DECLARE
    ours text[] := ARRAY['audit_owner', 'migrator', 'app', 'sealer', 'auditor'];
    one  record;
    r    text;
BEGIN
    FOREACH r IN ARRAY ours LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
            EXECUTE format('CREATE ROLE %I', r);
        END IF;
        EXECUTE format('ALTER ROLE %I %s INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS',
                       r, CASE r WHEN 'audit_owner' THEN 'NOLOGIN' ELSE 'LOGIN' END);
    END LOOP;
    -- A right that came by membership would not show beside any table.
    FOR one IN
        SELECT m.roleid::regrole AS granted, m.member::regrole AS member, m.grantor::regrole AS grantor
        FROM pg_auth_members m
        WHERE m.member::regrole::text = ANY (ours) OR m.roleid = 'audit_owner'::regrole
    LOOP
        EXECUTE format('REVOKE %s FROM %s GRANTED BY %s CASCADE', one.granted, one.member, one.grantor);
    END LOOP;
END $$;

-- What an older set-up gave to the platform's own role. REASSIGN OWNED reaches every database of that owner on the
-- server, so the other ones are handed back within the same transaction.
DO $$
DECLARE
    others name[];
    other  name;
    r      text;
BEGIN
    FOREACH r IN ARRAY ARRAY['app', 'sealer', 'auditor'] LOOP
        SELECT array_agg(datname) INTO others FROM pg_database
        WHERE datdba = to_regrole(r) AND datname <> current_database();
        EXECUTE format('REASSIGN OWNED BY %I TO migrator', r);
        FOREACH other IN ARRAY coalesce(others, '{}') LOOP
            EXECUTE format('ALTER DATABASE %I OWNER TO %I', other, r);
        END LOOP;
    END LOOP;
END $$;

-- Each object to the owner of its schema. The database itself is the trace's: its owner could drop it, or set for every
-- later session what that session does not expect.
DO $$
DECLARE
    one record;
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO audit_owner', current_database());
    ALTER SCHEMA public OWNER TO migrator;
    IF to_regnamespace('audit') IS NOT NULL THEN
        ALTER SCHEMA audit OWNER TO audit_owner;
    END IF;
    FOR one IN
        SELECT c.oid::regclass AS name, s.owner
        FROM pg_class c
        JOIN (VALUES ('audit', 'audit_owner'), ('public', 'migrator')) AS s (schema, owner)
            ON c.relnamespace = to_regnamespace(s.schema)
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relowner <> to_regrole(s.owner)
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                          AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i')))
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO %I', one.name, one.owner);
    END LOOP;
    FOR one IN
        SELECT p.oid::regprocedure AS name, s.owner
        FROM pg_proc p
        JOIN (VALUES ('audit', 'audit_owner'), ('public', 'migrator')) AS s (schema, owner)
            ON p.pronamespace = to_regnamespace(s.schema)
        WHERE p.proowner <> to_regrole(s.owner)
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                          AND d.deptype = 'e')
    LOOP
        EXECUTE format('ALTER ROUTINE %s OWNER TO %I', one.name, one.owner);
    END LOOP;
    -- A function with its owner's rights must not find its tables and operators by the caller's path.
    FOR one IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = to_regnamespace('audit') AND p.prosecdef
          AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp']
    LOOP
        EXECUTE format('ALTER ROUTINE %s SET search_path = pg_catalog, pg_temp', one.name);
    END LOOP;
END $$;

-- The database and the schema of the platform's tables. Without TEMPORARY nobody hangs the trace's row functions below a
-- table of his own making, nor stands anything before a name in the path.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, migrator, app, sealer, auditor', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO app, sealer, auditor', current_database());
    EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO migrator', current_database());
    -- The second copy's account exists only where there is one (copy_primary.sql).
    IF to_regrole('audit_copier') IS NOT NULL THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO audit_copier', current_database());
    END IF;
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC, app, sealer, auditor;
GRANT USAGE ON SCHEMA public TO app, sealer;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, app, sealer, auditor;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, app, sealer, auditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app;
-- Without UPDATE: a sequence that is set back would hand out a number twice.
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO app;
DO $$
BEGIN
    IF to_regclass('public.django_migrations') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON public.django_migrations FROM app;
    END IF;
END $$;

-- Large objects belong to no table, so no trigger sees them; the platform has none.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace
          AND p.proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_put', 'lowrite', 'lo_unlink')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one.name);
    END LOOP;
END $$;

-- The trace.
ALTER DEFAULT PRIVILEGES FOR ROLE audit_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
DO $$
DECLARE
    one record;
BEGIN
    IF to_regnamespace('audit') IS NULL THEN
        RETURN;
    END IF;
    REVOKE ALL ON SCHEMA audit FROM PUBLIC, migrator, app, sealer, auditor;
    REVOKE ALL ON ALL TABLES IN SCHEMA audit FROM PUBLIC, migrator, app, sealer, auditor;
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA audit FROM PUBLIC, migrator, app, sealer, auditor;
    REVOKE ALL ON ALL ROUTINES IN SCHEMA audit FROM PUBLIC, migrator, app, sealer, auditor;
    GRANT USAGE ON SCHEMA audit TO migrator, app, sealer, auditor;
    -- Row functions that a migration has written anew are hung below their tables by migrator.
    ALTER DEFAULT PRIVILEGES FOR ROLE audit_owner IN SCHEMA audit GRANT EXECUTE ON FUNCTIONS TO migrator;
    -- Reading goes through the partitioned table: a partition by itself is nobody's.
    FOR one IN
        SELECT c.oid::regclass AS name, c.relname FROM pg_class c
        WHERE c.relnamespace = 'audit'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO migrator, app, sealer, auditor', one.name);
        IF one.relname <> 'event' THEN
            EXECUTE format('GRANT INSERT ON %s TO sealer', one.name);
        END IF;
    END LOOP;
    FOR one IN
        SELECT p.oid::regprocedure AS name, p.proname FROM pg_proc p
        WHERE p.pronamespace = 'audit'::regnamespace AND p.prokind = 'f'
    LOOP
        IF one.proname = 'record' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO migrator, app, sealer', one.name);
        ELSIF one.proname = 'close_era' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO sealer', one.name);
        ELSIF one.proname = 'make_partitions_ahead' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO migrator, app', one.name);
        ELSIF one.proname IN ('capture', 'truncated') OR one.proname LIKE 'row\_%' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO migrator', one.name);
        END IF;
    END LOOP;
    IF to_regclass('audit.number') IS NOT NULL THEN
        GRANT USAGE ON SEQUENCE audit.number TO app;
    END IF;
END $$;

DO $$
BEGIN
    IF current_setting('audit.open', true) = 'true' THEN
        GRANT audit_owner TO migrator;
    END IF;
END $$;
