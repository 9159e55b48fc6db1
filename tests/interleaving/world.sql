-- The roles, schemas and grants of a round; world.py fills in the {names}.
-- Roles belong to the whole server, so their names carry the round's seed.

CREATE ROLE owner_{seed};
CREATE ROLE staff_{seed};
CREATE ROLE clerk_{seed} IN ROLE staff_{seed};
CREATE ROLE auditor_{seed};
CREATE ROLE partial_{seed};
CREATE ROLE stranger_{seed};

-- A setting that the session made up and gave back is empty, but missing in a
-- parallel worker; one of the database is the same in both.
ALTER DATABASE round_{seed} SET app.region = '';
ALTER DATABASE round_{seed} SET app.within = '';

-- Who owns the usage tables may fold what is stored of them, and end it.
GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA tenant_metrics TO owner_{seed};

CREATE SCHEMA harness;
GRANT USAGE ON SCHEMA harness TO PUBLIC;

-- What a statement gives: its first value, or its SQLSTATE. STABLE, so that
-- the statement runs in the snapshot of the caller's.
CREATE FUNCTION harness.outcome(statement text) RETURNS text[]
    LANGUAGE plpgsql STABLE AS $body$
DECLARE
    found text;
BEGIN
    EXECUTE statement INTO found;
    RETURN ARRAY['value', found];
EXCEPTION WHEN OTHERS THEN
    RETURN ARRAY['error', SQLSTATE];
END
$body$;

-- An event more, as a value, so that an expression can write and read.
CREATE FUNCTION harness.spend(tenant int, amount float8) RETURNS numeric
    LANGUAGE plpgsql VOLATILE AS $body$
BEGIN
    INSERT INTO events (tenant_id, feature_name, inference_cost, created_at, region)
    VALUES (tenant, 'spent', amount, '2024-01-03', 'east');
    RETURN 0;
END
$body$;

-- Readers behind functions of other languages and volatilities.
CREATE FUNCTION harness.nested_stable(tenant int) RETURNS numeric
    LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN public.tenant_cost(tenant); END $$;
CREATE FUNCTION harness.nested_volatile(tenant int) RETURNS numeric
    LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN public.tenant_cost(tenant); END $$;
CREATE FUNCTION harness.nested_sql(tenant int) RETURNS numeric
    LANGUAGE sql STABLE AS $$ SELECT public.tenant_cost(tenant) $$;

-- Whether a tenant appears more than once in any table, policies or not.
CREATE FUNCTION harness.repeats() RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    tenants regclass;
    found boolean;
BEGIN
    FOR tenants IN SELECT oid FROM pg_class WHERE relname IN ('tenants', 'accounts') AND relkind = 'r' LOOP
        EXECUTE format('SELECT count(*) > count(DISTINCT id) FROM %s', tenants) INTO found;
        IF found THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$body$;

-- Runs a statement within another, and may take back what it did. A message, which no setting holds
-- back, says that a tenant appears more than once now.
CREATE FUNCTION harness.run(statement text, undone boolean DEFAULT false) RETURNS text
    LANGUAGE plpgsql VOLATILE AS $body$
BEGIN
    EXECUTE statement;
    IF undone THEN
        RAISE EXCEPTION USING ERRCODE = 'TM002';
    END IF;
    IF harness.repeats() THEN
        RAISE INFO USING MESSAGE = 'a tenant repeats', ERRCODE = 'TM003';
    END IF;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$body$;

-- What conditions of policies and views call; steps replace some of them.
CREATE FUNCTION harness.chosen(region text) RETURNS boolean
    LANGUAGE sql STABLE AS $$ SELECT region = current_setting('app.region', true) $$;
CREATE FUNCTION harness.allowed(region text) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN region <= current_setting('app.region', true); END $$;
CREATE FUNCTION harness.allowed_within(region text) RETURNS boolean
    LANGUAGE plpgsql STABLE SET app.within = 'west' AS $body$
BEGIN
    RETURN region <> current_setting('app.within') OR region = current_setting('app.region', true);
END
$body$;
CREATE FUNCTION harness.due(tenant int) RETURNS boolean LANGUAGE plpgsql STABLE AS $body$
BEGIN
    RETURN extract(microseconds FROM statement_timestamp())::bigint / 100 % 3 <> tenant % 3;
END
$body$;
-- It fails for nobody: plain SQL asks it about events that a reader need not read.
CREATE FUNCTION harness.changing(region text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $body$
BEGIN
    RETURN region <> (ARRAY['east', 'west', 'all'])[1 + (SELECT count(*) FROM alpha.grants) % 3];
EXCEPTION WHEN insufficient_privilege THEN
    RETURN region <> 'east';
END
$body$;
