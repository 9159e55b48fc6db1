-- PL/pgSQL that reads, changes something and reads again, all within one
-- statement. routines.py fills in the {pieces} and wraps each body.
-- `note` compares the readers with plain SQL at its place: each call has
-- the same expressions again, which PL/pgSQL evaluates without a query.

-- name: write_loop
FOR n IN 1..4 LOOP
    INSERT INTO events (tenant_id, feature_name, inference_cost, created_at, region)
    VALUES (tenant, 'loop ' || n, n * 0.25, '2024-01-02', 'east');
    {note}
END LOOP;

-- name: delete_loop
FOR n IN 1..3 LOOP
    {note}
    DELETE FROM events
    WHERE tenant_id = tenant AND id = (SELECT max(id) FROM events WHERE tenant_id = tenant);
END LOOP;
{note}

-- name: undo_loop
-- The rows of the block are taken back; an equal snapshot still sees them.
FOR n IN 1..3 LOOP
    BEGIN
        INSERT INTO events (tenant_id, feature_name, inference_cost, created_at, region)
        VALUES (tenant, 'undone', n, '2024-01-04', 'west');
        {note}
        RAISE EXCEPTION USING ERRCODE = 'TM002';
    EXCEPTION WHEN SQLSTATE 'TM002' THEN
        NULL;
    END;
    {note}
END LOOP;

-- name: failing_calls
-- Readers that fail, between those that do not.
FOR n IN 1..3 LOOP
    BEGIN
        PERFORM tenant_cost(tenant, '2024-01-02', '2024-01-01');
    EXCEPTION WHEN invalid_parameter_value THEN
        NULL;
    END;
    {note}
    BEGIN
        PERFORM tenant_cost(other / 0);
    EXCEPTION WHEN division_by_zero THEN
        NULL;
    END;
    {note}
END LOOP;

-- name: empty_and_undo
BEGIN
    {note}
    EXECUTE (SELECT 'TRUNCATE ' || oid::regclass FROM pg_class
             WHERE oid IN (to_regclass('ai_feature_usage'), to_regclass('events')) AND relkind IN ('r', 'p'));
    {note}
    RAISE EXCEPTION USING ERRCODE = 'TM002';
EXCEPTION WHEN SQLSTATE 'TM002' THEN
    NULL;
END;
{note}

-- name: move_loop
FOR n IN 1..3 LOOP
    UPDATE accounts SET parent_id = CASE n WHEN 1 THEN other WHEN 2 THEN NULL ELSE 90000 END
    WHERE id = tenant;
    {note}
END LOOP;

-- name: shape_and_undo
-- Statements that change the catalogue, and are taken back.
BEGIN
    EXECUTE 'CREATE INDEX ON grants (place)';
    {note}
    EXECUTE 'ALTER TABLE grants ADD COLUMN added_and_gone int';
    {note}
    RAISE EXCEPTION USING ERRCODE = 'TM002';
EXCEPTION WHEN SQLSTATE 'TM002' THEN
    NULL;
END;
{note}

-- name: switch_regions
-- A policy reads the setting.
FOR n IN 1..4 LOOP
    PERFORM set_config('app.region', (ARRAY['east', 'west', 'all', 'nowhere'])[1 + (tenant + n) % 4], true);
    {note}
END LOOP;

-- name: switch_regions_as_clerk
PERFORM set_config('role', 'clerk_{seed}', true);
FOR n IN 1..4 LOOP
    PERFORM set_config('app.region', (ARRAY['east', 'west', 'all', 'nowhere'])[1 + (tenant + n) % 4], true);
    {note}
END LOOP;

-- name: switch_paths
FOR n IN 1..4 LOOP
    PERFORM set_config('search_path', (ARRAY['alpha', 'beta'])[1 + (tenant + n) % 2] || ', public', true);
    {dynamic_note}
END LOOP;

-- name: switch_roles
FOR n IN 1..6 LOOP
    PERFORM set_config('role', (ARRAY['none', 'clerk_{seed}', 'auditor_{seed}', 'owner_{seed}',
        'partial_{seed}', 'none'])[1 + (tenant + n) % 6], true);
    {dynamic_note}
END LOOP;

-- name: one_expression
-- Writes and reads in one expression, which has one snapshot.
FOR n IN 1..3 LOOP
    label := 'one expression';
    SELECT tenant_cost(t.id) + harness.spend(t.id, n) + tenant_cost(t.id), {plain_cost} + {plain_cost}
    INTO got, plain
    FROM tenants AS t WHERE t.id = tenant;
    RETURN NEXT;
    {note}
END LOOP;

-- name: nested
FOR n IN 1..3 LOOP
    plain := (SELECT {plain_cost} FROM tenants AS t WHERE t.id = tenant);
    label := 'nested_stable'; got := harness.nested_stable(tenant); RETURN NEXT;
    label := 'nested_volatile'; got := harness.nested_volatile(tenant); RETURN NEXT;
    label := 'nested_sql'; got := harness.nested_sql(tenant); RETURN NEXT;
    PERFORM harness.spend(tenant, n);
END LOOP;

-- name: switch_sessions
FOR n IN 1..4 LOOP
    PERFORM set_config('session_authorization', (ARRAY['clerk_{seed}', 'auditor_{seed}', 'postgres', 'owner_{seed}'])
        [1 + (tenant + n) % 4], true);
    {dynamic_note}
END LOOP;
PERFORM set_config('session_authorization', 'postgres', true);
{note}

-- name: noise_loop
-- A setting that nothing reads, another value in each round.
FOR n IN 1..4 LOOP
    PERFORM set_config('app.noise', n::text, true);
    {note}
END LOOP;

-- name: grant_loop
-- A policy reads the table.
PERFORM set_config('role', (ARRAY['clerk_{seed}', 'none'])[1 + other % 2], true);
FOR n IN 1..3 LOOP
    INSERT INTO grants (who, granted, place)
    VALUES ((ARRAY['clerk', 'postgres'])[1 + n % 2], (ARRAY[tenant, other])[1 + n % 2], 'east');
    {note}
    DELETE FROM grants WHERE granted = other;
    {note}
END LOOP;

-- name: turn_loop
-- nextval changes what every snapshot sees.
FOR n IN 1..4 LOOP
    PERFORM nextval('turns');
    {note}
END LOOP;

-- name: replace_loop
-- A policy calls the functions.
FOR n IN 1..3 LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION harness.chosen(region text) RETURNS boolean'
        ' LANGUAGE sql STABLE AS $$ SELECT length(region) %% 2 <> %s %% 2 $$', tenant + n);
    {note}
    EXECUTE format('CREATE OR REPLACE FUNCTION harness.allowed(region text) RETURNS boolean'
        ' LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN length(region) %% 2 <> %s %% 2; END $$', other + n);
    {note}
END LOOP;

-- name: replace_and_undo
BEGIN
    CREATE OR REPLACE FUNCTION harness.chosen(region text) RETURNS boolean
        LANGUAGE sql STABLE AS $$ SELECT region = 'west' $$;
    {note}
    RAISE EXCEPTION USING ERRCODE = 'TM002';
EXCEPTION WHEN SQLSTATE 'TM002' THEN
    NULL;
END;
{note}

-- name: batches
-- The loop fetches its query in parts, and changes what the rest of it reads.
FOR label, got, plain IN SELECT {row} FROM generate_series(tenant, tenant + 14) AS r (id) LOOP
    RETURN NEXT;
    PERFORM set_config('app.region', (ARRAY['east', 'west', 'all', 'nowhere'])[1 + (tenant + label::int) % 4], true);
END LOOP;
