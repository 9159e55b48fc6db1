-- A reader in PL/pgSQL with one fault, in the place of tenant_cost(); faults.py
-- fills in {volatility} and {key}. What was found is kept under the key in a
-- setting of the session; an empty key keeps nothing.

CREATE FUNCTION harness.found(tenant bigint, since timestamptz, until timestamptz) RETURNS numeric
    LANGUAGE plpgsql {volatility} AS $body$
BEGIN
    RETURN (
        SELECT (SELECT coalesce(sum(u.inference_cost::numeric)
                    FILTER (WHERE u.inference_cost NOT IN ('NaN', 'Infinity', '-Infinity')), 0)
                FROM ai_feature_usage AS u
                WHERE u.tenant_id = t.id
                  AND (since IS NULL OR u.created_at >= since AT TIME ZONE 'UTC')
                  AND (until IS NULL OR u.created_at < until AT TIME ZONE 'UTC'))
        FROM tenants AS t
        WHERE t.id = tenant);
END
$body$;

-- How often this transaction has changed rows.
CREATE FUNCTION harness.changed() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS $body$
    SELECT sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
               + pg_stat_get_xact_tuples_deleted(oid))
    FROM pg_class WHERE relkind = 'r' AND relnamespace IN ('alpha'::regnamespace, 'beta'::regnamespace)
$body$;

CREATE OR REPLACE FUNCTION public.tenant_cost(
    id bigint, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL, source text DEFAULT 'default')
    RETURNS numeric LANGUAGE plpgsql {volatility} AS $body$
DECLARE
    key text := {key};
    kept jsonb := coalesce(nullif(current_setting('harness.kept', true), ''), '{}');
BEGIN
    IF until < since THEN
        RAISE EXCEPTION 'the window is reversed' USING ERRCODE = '22023';
    END IF;
    IF key = '' THEN
        RETURN harness.found(id, since, until);
    END IF;
    key := concat_ws('/', key, id, since, until);
    IF NOT kept ? key THEN
        kept := kept || jsonb_build_object(key, harness.found(id, since, until)::text);
        PERFORM set_config('harness.kept', kept::text, true);
    END IF;
    RETURN kept ->> key;
END
$body$;
