-- What the sealer writes: eras, signed heads, and the tree's hashes. Appended like the events, never changed.

CREATE TABLE audit.era (
    era         int PRIMARY KEY CHECK (era > 0),
    origin      text NOT NULL UNIQUE,
    verifier    text NOT NULL,
    system_id   text NOT NULL,
    boundary_id bigint NOT NULL,
    opened_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    opened_by   text NOT NULL DEFAULT '',
    approved_by text NOT NULL DEFAULT '',
    reason      text NOT NULL DEFAULT '',
    -- The first era has no history that it could leave behind; every later one has been agreed by two people.
    CONSTRAINT era_opened_by_two CHECK (era = 1 OR (opened_by <> '' AND approved_by <> '' AND opened_by <> approved_by))
);

CREATE TABLE audit.head (
    n          bigint PRIMARY KEY,
    era        int NOT NULL REFERENCES audit.era,
    tree_size  bigint NOT NULL,
    first_leaf bigint NOT NULL,
    snapshot   text NOT NULL,
    snap_max   bigint NOT NULL,
    snap_open  bigint[] NOT NULL,
    max_id     bigint NOT NULL,
    root       bytea NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    note       text NOT NULL,
    CONSTRAINT head_grows CHECK (tree_size >= first_leaf AND first_leaf >= 0)
);
CREATE INDEX head_era_snap ON audit.head (era, snap_max, n);
CREATE INDEX head_era_size ON audit.head (era, tree_size, n);

-- Pieces of 256-wide tiles (C2SP tlog-tiles), written once as the tree grows; a piece never crosses a tile's edge.
CREATE TABLE audit.tile (
    era    int NOT NULL,
    level  smallint NOT NULL,
    start  bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (era, level, start),
    CONSTRAINT tile_within_its_edges
        CHECK (length(hashes) % 32 = 0 AND length(hashes) BETWEEN 32 AND 8192 AND start % 256 + length(hashes) / 32 <= 256)
);
ALTER TABLE audit.tile ALTER hashes SET STORAGE EXTERNAL;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['era', 'head', 'tile'] LOOP
        EXECUTE format('CREATE TRIGGER %1$s_append_only BEFORE UPDATE OR DELETE ON audit.%1$I
                        FOR EACH ROW EXECUTE FUNCTION audit.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER %1$s_no_truncate BEFORE TRUNCATE ON audit.%1$I
                        FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', t);
        EXECUTE format('ALTER TABLE audit.%1$I ENABLE ALWAYS TRIGGER %1$s_append_only', t);
        EXECUTE format('ALTER TABLE audit.%1$I ENABLE ALWAYS TRIGGER %1$s_no_truncate', t);
    END LOOP;
END $$;
