-- Everything that keeps the trace append-only, as lines of kind, name and fact. Catalogues only, which every role may read,
-- and nothing that differs between two databases built alike: no object numbers, no passwords.
WITH relation AS (
    SELECT c.oid, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relispartition, n.nspname || '.' || c.relname AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('audit', 'public') AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), routine AS (
    SELECT p.*, n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'audit'
), owned AS (
    SELECT 'relation' AS kind, name, relowner AS owner,
        coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)) AS acl FROM relation
    UNION ALL SELECT 'column', relation.name || '.' || attname, relowner, attacl
        FROM relation JOIN pg_attribute ON attrelid = relation.oid WHERE attacl IS NOT NULL
    UNION ALL SELECT 'schema', nspname, nspowner, coalesce(nspacl, acldefault('n', nspowner))
        FROM pg_namespace WHERE nspname IN ('audit', 'public')
    UNION ALL SELECT 'database', 'this', datdba, coalesce(datacl, acldefault('d', datdba))
        FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT 'function', name, proowner, coalesce(proacl, acldefault('f', proowner)) FROM routine
    UNION ALL SELECT 'large object', proname || '(' || pg_get_function_identity_arguments(oid) || ')', proowner,
        coalesce(proacl, acldefault('f', proowner))
        FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
            AND proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_put', 'lowrite', 'lo_unlink')
), facts (kind, name, fact) AS (
    SELECT 'role', rolname::text, concat_ws(' ', CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolsuper THEN 'superuser' END,
        CASE WHEN rolbypassrls THEN 'bypassrls' END, CASE WHEN rolcreaterole THEN 'createrole' END,
        CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolreplication THEN 'replication' END)
    FROM pg_roles WHERE rolname IN ('audit_owner', 'migrator', 'app', 'sealer', 'auditor')
    UNION ALL
    SELECT 'member', m.member::regrole::text, m.roleid::regrole::text FROM pg_auth_members m
    WHERE m.member::regrole::text IN ('audit_owner', 'migrator', 'app', 'sealer', 'auditor')
       OR m.roleid::regrole::text = 'audit_owner'
    UNION ALL
    SELECT kind || ' owner', name, owner::regrole::text FROM owned WHERE kind NOT IN ('column', 'large object')
    UNION ALL
    SELECT kind || ' right', name, grantee || '=' || string_agg(privilege, ',' ORDER BY privilege)
    FROM (
        SELECT owned.kind, owned.name, CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END AS grantee,
            x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END AS privilege
        FROM owned CROSS JOIN LATERAL aclexplode(owned.acl) AS x WHERE x.grantee <> owned.owner
    ) AS granted GROUP BY kind, name, grantee
    UNION ALL
    SELECT 'table', name, CASE WHEN relispartition THEN 'partition' ELSE '' END FROM relation WHERE relkind IN ('r', 'p')
    UNION ALL
    SELECT 'trigger', relation.name, t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid)
    FROM relation JOIN pg_trigger t ON t.tgrelid = relation.oid WHERE NOT t.tgisinternal
    UNION ALL
    -- A view's own rule is how it is written; any other one stands between a command and its table.
    SELECT 'rule', relation.name, pg_get_ruledef(r.oid)
    FROM relation JOIN pg_rewrite r ON r.ev_class = relation.oid WHERE r.rulename <> '_RETURN'
    UNION ALL
    SELECT 'row security', name, 'on' FROM relation WHERE relrowsecurity
    UNION ALL
    SELECT 'policy', relation.name, p.polname FROM relation JOIN pg_policy p ON p.polrelid = relation.oid
    UNION ALL
    SELECT 'child', relation.name, i.inhrelid::regclass::text
    FROM relation JOIN pg_inherits i ON i.inhparent = relation.oid WHERE relation.relkind = 'r'
    UNION ALL
    SELECT 'foreign key', relation.name, c.conrelid::regclass::text || ' ' || c.conname
    FROM relation JOIN pg_constraint c ON c.confrelid = relation.oid
    WHERE c.contype = 'f' AND relation.name LIKE 'audit.%' AND c.conrelid <> relation.oid
    UNION ALL
    SELECT 'function', name, concat_ws(' ', CASE WHEN prosecdef THEN 'definer' END, array_to_string(proconfig, '; '),
        encode(sha256(convert_to(prosrc, 'UTF8')), 'hex'))
    FROM routine
    UNION ALL
    SELECT 'event trigger', evtname, evtenabled::text || ' ' || evtevent || ' ' || evtfoid::regproc::text || ' '
        || CASE WHEN rolsuper THEN 'superuser' ELSE rolname END || coalesce(' ' || array_to_string(evttags, ','), '')
    FROM pg_event_trigger JOIN pg_roles ON pg_roles.oid = evtowner
    UNION ALL
    SELECT 'setting', CASE s.setrole WHEN 0 THEN 'everyone' ELSE s.setrole::regrole::text END, setting
    FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS setting
    WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    UNION ALL
    SELECT 'parameter right', p.parname, x.grantee::regrole::text || '=' || x.privilege_type
    FROM pg_parameter_acl p CROSS JOIN LATERAL aclexplode(p.paracl) AS x WHERE x.grantee <> 10
)
SELECT kind, name::text, fact::text FROM facts ORDER BY kind, name COLLATE "C", fact COLLATE "C"
