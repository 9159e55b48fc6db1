-- Summaries: a copy of usage that is small and quick to read, and totals of it. One set of tables
-- serves all sources. Their rows come from a trigger of the library and from folds, which insert
-- and delete whole rows; nothing of them is ever changed in place.

CREATE TABLE tenant_metrics.summary (
    source text COLLATE pg_catalog."C" PRIMARY KEY,
    number int NOT NULL UNIQUE,
    usage regclass NOT NULL,
    usage_tenant name NOT NULL,
    usage_feature name,
    usage_cost name,
    usage_time name,
    time_zone text,
    dimensions text[] NOT NULL,
    measures text[] NOT NULL,
    columns text NOT NULL
);
COMMENT ON TABLE tenant_metrics.summary IS
    'The sources that have summaries; read it with tenant_metrics.status().';
COMMENT ON COLUMN tenant_metrics.summary.source IS 'Name of the source.';
COMMENT ON COLUMN tenant_metrics.summary.number IS
    'What stands for the source in tenant_metrics.delta and tenant_metrics.run.';
COMMENT ON COLUMN tenant_metrics.summary.usage IS 'The usage table.';
COMMENT ON COLUMN tenant_metrics.summary.usage_tenant IS 'Its column: id of the tenant.';
COMMENT ON COLUMN tenant_metrics.summary.usage_feature IS 'Its column: name of the feature.';
COMMENT ON COLUMN tenant_metrics.summary.usage_cost IS 'Its column: cost.';
COMMENT ON COLUMN tenant_metrics.summary.usage_time IS 'Its column: time.';
COMMENT ON COLUMN tenant_metrics.summary.time_zone IS
    'Zone in which its times are read, where they are stored without one.';
COMMENT ON COLUMN tenant_metrics.summary.dimensions IS 'Its further dimensions.';
COMMENT ON COLUMN tenant_metrics.summary.measures IS 'Its further measures.';
COMMENT ON COLUMN tenant_metrics.summary.columns IS
    'Numbers and types of these columns when the summaries were made, hashes of the labels of enums, and a '
    'hash of the rules of the time zone.';

-- What statements have appended. There is no index: all of it is read. A row is as large as a page at
-- most, so it is never compressed or moved out of line, but for events whose names are longer.
CREATE TABLE tenant_metrics.delta (
    source int NOT NULL,
    cells bytea NOT NULL
) WITH (
    toast_tuple_target = 8160,
    vacuum_truncate = off,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 20000
);
ALTER TABLE tenant_metrics.delta ALTER COLUMN cells SET STORAGE EXTERNAL;
-- A publication of all tables would else refuse to delete rows.
ALTER TABLE tenant_metrics.delta REPLICA IDENTITY FULL;
COMMENT ON TABLE tenant_metrics.delta IS
    'Events of sources with summaries that are not folded into tenant_metrics.run yet.';
COMMENT ON COLUMN tenant_metrics.delta.source IS 'The source: tenant_metrics.summary.number.';
COMMENT ON COLUMN tenant_metrics.delta.cells IS 'Events that were added or taken away.';

CREATE TABLE tenant_metrics.run (
    source int NOT NULL,
    level smallint NOT NULL,
    removed boolean NOT NULL,
    lo bigint NOT NULL,
    hi bigint NOT NULL,
    items int NOT NULL,
    cells bytea NOT NULL
) WITH (
    toast_tuple_target = 8160,
    -- Few pages take as long to count as many of another table.
    parallel_workers = 4
);
ALTER TABLE tenant_metrics.run ALTER COLUMN cells SET STORAGE EXTERNAL;
ALTER TABLE tenant_metrics.run REPLICA IDENTITY FULL;
CREATE INDEX run_range ON tenant_metrics.run (source, level, hi, lo);
COMMENT ON TABLE tenant_metrics.run IS 'The copy of the events, their totals, and numbers of names.';
COMMENT ON COLUMN tenant_metrics.run.source IS 'The source: tenant_metrics.summary.number.';
COMMENT ON COLUMN tenant_metrics.run.level IS
    'What the row has: -1 how the summaries stand to the usage table, 0 events that are not in the totals, 1 events that are, from 8 on totals of a '
    'dimension, 16 numbers of tenants, from 17 on numbers of the names of a dimension.';
COMMENT ON COLUMN tenant_metrics.run.removed IS 'Whether events are among them that were taken away.';
COMMENT ON COLUMN tenant_metrics.run.lo IS 'The first time, tenant or hash of the row.';
COMMENT ON COLUMN tenant_metrics.run.hi IS 'The last time, tenant or hash of the row.';
COMMENT ON COLUMN tenant_metrics.run.items IS 'Number of events, totals or names.';
COMMENT ON COLUMN tenant_metrics.run.cells IS 'What is stored.';

CREATE FUNCTION tenant_metrics.capture() RETURNS trigger
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'tenant_metrics_capture';
COMMENT ON FUNCTION tenant_metrics.capture IS
    'Trigger of usage tables with summaries: appends the events of a statement to '
    'tenant_metrics.delta. tenant_metrics.enable_summaries() creates the triggers.';

-- Totals by bucket of time over stored rows of events, which readers ask for as the owner of the tables;
-- grants.sql gives it to nobody.
CREATE FUNCTION tenant_metrics.stored_series_state_transition(
    internal, bytea, int, int, int, timestamptz, timestamptz, bytea
) RETURNS internal
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000
    AS 'MODULE_PATHNAME', 'stored_series_state_transition';
COMMENT ON FUNCTION tenant_metrics.stored_series_state_transition IS
    'Support function of tenant_metrics.stored_series_state.';

CREATE FUNCTION tenant_metrics.stored_series_state_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'stored_series_state_combine';
COMMENT ON FUNCTION tenant_metrics.stored_series_state_combine IS
    'Support function of tenant_metrics.stored_series_state.';

CREATE FUNCTION tenant_metrics.stored_series_state_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stored_series_state_serialize';
COMMENT ON FUNCTION tenant_metrics.stored_series_state_serialize IS
    'Support function of tenant_metrics.stored_series_state.';

CREATE FUNCTION tenant_metrics.stored_series_state_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stored_series_state_deserialize';
COMMENT ON FUNCTION tenant_metrics.stored_series_state_deserialize IS
    'Support function of tenant_metrics.stored_series_state.';

CREATE FUNCTION tenant_metrics.stored_series_state_final(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'stored_series_state_final';
COMMENT ON FUNCTION tenant_metrics.stored_series_state_final IS
    'Support function of tenant_metrics.stored_series_state.';

CREATE AGGREGATE tenant_metrics.stored_series_state(bytea, int, int, int, timestamptz, timestamptz, bytea) (
    SFUNC = tenant_metrics.stored_series_state_transition,
    STYPE = internal,
    COMBINEFUNC = tenant_metrics.stored_series_state_combine,
    SERIALFUNC = tenant_metrics.stored_series_state_serialize,
    DESERIALFUNC = tenant_metrics.stored_series_state_deserialize,
    FINALFUNC = tenant_metrics.stored_series_state_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE tenant_metrics.stored_series_state(bytea, int, int, int, timestamptz, timestamptz, bytea) IS
    'Accumulates usage by bucket of time over rows of tenant_metrics.run (cells, source, dimension, measures, '
    'since, until, frame); the frame and the value are opaque, and made and used by the readers.';

CREATE TYPE tenant_metrics.verify_row AS (
    tenant_id text,
    part text,
    stored_events bigint,
    actual_events bigint,
    stored_cost numeric,
    actual_cost numeric
);
COMMENT ON TYPE tenant_metrics.verify_row IS 'Row of tenant_metrics.verify().';
COMMENT ON COLUMN tenant_metrics.verify_row.tenant_id IS 'The tenant, as text.';
COMMENT ON COLUMN tenant_metrics.verify_row.part IS
    'What is wrong of the tenant: the copy of the events, or the totals.';
COMMENT ON COLUMN tenant_metrics.verify_row.stored_events IS 'Number of the tenant''s events as stored.';
COMMENT ON COLUMN tenant_metrics.verify_row.actual_events IS
    'Number of the tenant''s events in the usage table.';
COMMENT ON COLUMN tenant_metrics.verify_row.stored_cost IS
    'The tenant''s cost as stored; the first measure where the source has no cost, NULL where there is none.';
COMMENT ON COLUMN tenant_metrics.verify_row.actual_cost IS
    'The same in the usage table. Where numbers and costs are equal, times, names or measures differ.';

-- What is disabled and enabled again between two reads would not be noticed by them.
CREATE FUNCTION tenant_metrics.note_changes() RETURNS event_trigger
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'tenant_metrics_note_changes';
COMMENT ON FUNCTION tenant_metrics.note_changes IS
    'Event trigger: notes of summaries that a change of the schema has made stale that they are so, gives '
    'triggers to new partitions, and refuses to drop the extension where summaries have triggers.';

CREATE EVENT TRIGGER tenant_metrics_note_changes ON ddl_command_end
    WHEN TAG IN (
        'ALTER TABLE', 'ALTER TYPE', 'ALTER TRIGGER', 'DROP TRIGGER', 'CREATE TABLE', 'CREATE FOREIGN TABLE',
        'DROP TABLE', 'DROP FOREIGN TABLE', 'CREATE SUBSCRIPTION', 'ALTER SUBSCRIPTION')
    EXECUTE FUNCTION tenant_metrics.note_changes();
ALTER EVENT TRIGGER tenant_metrics_note_changes ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER tenant_metrics_note_changes IS
    'Notes of summaries that a change of the schema has made stale that they are so.';

-- The server's own message would name each trigger.
CREATE EVENT TRIGGER tenant_metrics_demand_no_summaries ON ddl_command_start
    WHEN TAG IN ('DROP EXTENSION')
    EXECUTE FUNCTION tenant_metrics.note_changes();
COMMENT ON EVENT TRIGGER tenant_metrics_demand_no_summaries IS
    'Says what to do where DROP EXTENSION would leave triggers of summaries.';

CREATE PROCEDURE tenant_metrics.enable_summaries(
    source text DEFAULT 'default',
    parts int DEFAULT NULL
)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'tenant_metrics_enable_summaries';
COMMENT ON PROCEDURE tenant_metrics.enable_summaries IS
    'Makes summaries of a source: a compressed copy of its events, and totals of them, which triggers '
    'on the usage table keep up to date. Once it is done readers take what they need from there; the answers '
    'stay the same. Creates the triggers, commits, and then reads the events while others write; the table '
    'is read once for each of the parts (1 to 8, by its size if NULL), and a part that is made is kept if the '
    'rest is interrupted. In a transaction block writes wait to its end. The owner of the usage table can call it.';

CREATE PROCEDURE tenant_metrics.rebuild(source text DEFAULT 'default', parts int DEFAULT NULL)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'tenant_metrics_rebuild';
COMMENT ON PROCEDURE tenant_metrics.rebuild IS
    'Makes the summaries of a source anew, as tenant_metrics.enable_summaries() does. Readers take the '
    'events meanwhile. The owner of the usage table can call it.';

CREATE FUNCTION tenant_metrics.verify(source text DEFAULT 'default')
    RETURNS SETOF tenant_metrics.verify_row
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'tenant_metrics_verify';
COMMENT ON FUNCTION tenant_metrics.verify IS
    'Compares the summaries of a source with its events, in the caller''s snapshot: a row for each tenant of '
    'whom something else is stored, none if all is right. Changes nothing and blocks nobody. Reads the '
    'whole usage table; takes memory for its totals, up to tenant_metrics.memory_limit. The owner of '
    'the usage table can call it.';

CREATE PROCEDURE tenant_metrics.repair(source text DEFAULT 'default')
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'tenant_metrics_repair';
COMMENT ON PROCEDURE tenant_metrics.repair IS
    'Compares as tenant_metrics.verify() does, stores what the events of wrong tenants say, and '
    'notes that the summaries are current, as after VACUUM FULL or a restore. Blocks nobody who reads or '
    'writes. The owner of the usage table can call it.';

CREATE PROCEDURE tenant_metrics.pause(source text DEFAULT 'default')
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'tenant_metrics_pause';
COMMENT ON PROCEDURE tenant_metrics.pause IS
    'Stops capturing what statements change of a source, and forgets its summaries, until '
    'tenant_metrics.resume() makes them anew: for loads that would take longer with them. The owner of the '
    'usage table can call it.';

CREATE PROCEDURE tenant_metrics.resume(source text DEFAULT 'default')
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'tenant_metrics_resume';
COMMENT ON PROCEDURE tenant_metrics.resume IS
    'Goes on making summaries where that was interrupted, from the first part that is not made, or makes '
    'them anew after tenant_metrics.pause(). The owner of the usage table can call it.';

CREATE PROCEDURE tenant_metrics.disable_summaries(source text DEFAULT 'default')
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'tenant_metrics_disable_summaries';
COMMENT ON PROCEDURE tenant_metrics.disable_summaries IS
    'Drops the summaries of a source and their triggers. The owner of the usage table can call it.';

CREATE PROCEDURE tenant_metrics.compact(source text DEFAULT 'default', full boolean DEFAULT false)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'tenant_metrics_compact';
COMMENT ON PROCEDURE tenant_metrics.compact IS
    'Moves the events that statements have appended since into the compressed copy, and, once these '
    'are many, into the totals; with full => true at once, and what was taken away is taken out of the copy. '
    'Blocks nobody who reads or writes. The owner of the usage table can call it.';

-- Summaries go with the sources that they are of: pg_dump takes them along. Those of a table that is
-- gone, or gone with its session, could not be restored.
SELECT pg_catalog.pg_extension_config_dump('tenant_metrics.summary', $$
    WHERE EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid OPERATOR(pg_catalog.=) usage)$$);
SELECT pg_catalog.pg_extension_config_dump('tenant_metrics.delta', $$
    WHERE source OPERATOR(pg_catalog.=) ANY (
        SELECT s.number FROM tenant_metrics.summary AS s
        JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) s.usage)$$);
SELECT pg_catalog.pg_extension_config_dump('tenant_metrics.run', $$
    WHERE source OPERATOR(pg_catalog.=) ANY (
        SELECT s.number FROM tenant_metrics.summary AS s
        JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) s.usage)$$);
