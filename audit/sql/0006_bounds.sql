-- The platform's own account may ask for coming months, not for thousands of them.
CREATE OR REPLACE FUNCTION audit.make_partitions_ahead(months int) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT audit.make_partition((date_trunc('month', now()) + make_interval(months => n))::date)
    FROM generate_series(0, least(months, 24)) AS n;
$$;

-- Writers wait for the moment that an era takes to end; behind a transaction that stays open they shall not wait for it too.
CREATE OR REPLACE FUNCTION audit.close_era() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
    newest bigint;
BEGIN
    LOCK TABLE audit.event IN SHARE MODE;
    SELECT coalesce(max(id), 0) INTO newest FROM audit.event;
    RETURN newest;
END $$;
