-- The spans of agents: each step of a session is a row that names the step that began it.
CREATE TABLE spans (
    span_id text PRIMARY KEY,
    -- No foreign key: a tracer may send a span before its parent.
    parent_span_id text,
    session_id text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('agent', 'chain', 'tool', 'llm')),
    start_time timestamptz NOT NULL,
    model text,
    prompt_tokens integer,
    completion_tokens integer,
    cost numeric
);
CREATE INDEX ON spans (parent_span_id);
CREATE INDEX ON spans (session_id);

-- Only calls of a model cost something. Other spans are no usage, so they do not lack a price.
CREATE VIEW calls AS SELECT * FROM spans WHERE kind = 'llm';
