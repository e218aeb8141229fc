-- Each saving of a rule, its deletion too (no definition). It holds for what is recorded after from_seq: state.
CREATE TABLE rule_version (
  store_id BIGINT NOT NULL,
  rule_id BYTEA NOT NULL,
  version BIGINT NOT NULL,
  from_seq BIGINT NOT NULL,
  saved_at BIGINT NOT NULL,
  saved_by TEXT NOT NULL,
  definition TEXT,
  PRIMARY KEY (store_id, rule_id, version)
);
INSERT INTO rule_version (store_id, rule_id, version, from_seq, saved_at, saved_by, definition)
  SELECT store_id, id, 1, 0, 0, '', definition FROM followup_rule;

-- Up to which ledger number a store's rules have seen what happens.
CREATE TABLE rule_cursor (
  store_id BIGINT PRIMARY KEY,
  seq BIGINT NOT NULL
);

-- When a rule's schedule is due next, as a version of it says; last_at is the time before.
CREATE TABLE rule_clock (
  store_id BIGINT NOT NULL,
  rule_id BYTEA NOT NULL,
  version BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  PRIMARY KEY (store_id, rule_id)
);

-- Evaluations, one row for each thing concerned, found by hashes so that nothing personal stands here.
-- result: 0 skipped, 1 fired, 2 dry, 3 held back.
CREATE TABLE rule_run (
  store_id BIGINT NOT NULL,
  rule_id BYTEA NOT NULL,
  thing BIGINT NOT NULL,
  at BIGINT NOT NULL,
  entry BYTEA NOT NULL,
  event_seq BIGINT NOT NULL,
  version BIGINT NOT NULL,
  result SMALLINT NOT NULL,
  is_main BOOLEAN NOT NULL,
  trace BIGINT NOT NULL,
  depth BIGINT NOT NULL,
  PRIMARY KEY (store_id, rule_id, thing, at, entry)
);
CREATE INDEX rule_run_by_time ON rule_run (store_id, at);
CREATE INDEX rule_run_by_trace ON rule_run (store_id, trace);

-- What rules have yet to do, and what is out of tries (state 1) and waits for a person.
CREATE TABLE rule_action (
  id BYTEA PRIMARY KEY,
  store_id BIGINT NOT NULL,
  rule_id BYTEA,
  entry BYTEA,
  definition TEXT NOT NULL,
  state SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  lease_until BIGINT,
  tries BIGINT NOT NULL,
  error TEXT
);
CREATE INDEX rule_action_due ON rule_action (state, due_at);
CREATE INDEX rule_action_by_store ON rule_action (store_id, created_at);
ALTER TABLE webhook_job ADD COLUMN error TEXT;

-- Rules of the shop's own, as its activities name them.
CREATE TABLE reported_rule (
  store_id BIGINT NOT NULL,
  name_hash BIGINT NOT NULL,
  id TEXT,
  name TEXT NOT NULL,
  count BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  PRIMARY KEY (store_id, name_hash)
);
