-- On the platform's own server, in its database, as an administrator. Needs wal_level = logical. May be run again.
-- Only what is written is sent on: a change or a removal over here never reaches the second copy.

DO $$
BEGIN
    IF current_setting('wal_level') <> 'logical' THEN
        RAISE EXCEPTION 'set wal_level = logical in postgresql.conf and start the server again';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'audit_copier') THEN
        -- Its password is set by hand: \password audit_copier
        CREATE ROLE audit_copier LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'audit_copy') THEN
        -- Through the partitioned table, so that the copy needs no partitions and a new month nothing new.
        CREATE PUBLICATION audit_copy FOR TABLE audit.event
            WITH (publish = 'insert', publish_via_partition_root = true);
    END IF;
END $$;

-- The first filling reads the table; everything after it comes by replication.
DO $$
BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO audit_copier', current_database());
END $$;
GRANT USAGE ON SCHEMA audit TO audit_copier;
GRANT SELECT ON audit.event TO audit_copier;
