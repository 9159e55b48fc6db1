-- A chart of accounts of any depth, and the lines of journal entries.
CREATE TABLE accounts (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    parent_id integer REFERENCES accounts
);
CREATE TABLE entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id integer NOT NULL REFERENCES accounts,
    posted_on date NOT NULL,
    -- Lines with the same number balance each other.
    journal_entry integer NOT NULL,
    debit numeric,
    credit numeric
);
CREATE INDEX ON accounts (parent_id);
CREATE INDEX ON entries (account_id);
