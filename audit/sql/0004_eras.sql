-- Ends an era at one number: writers wait for the moment that the caller's transaction takes.
CREATE FUNCTION audit.close_era() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    newest bigint;
BEGIN
    LOCK TABLE audit.event IN SHARE MODE;
    SELECT coalesce(max(id), 0) INTO newest FROM audit.event;
    RETURN newest;
END $$;
