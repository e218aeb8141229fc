-- Exports: one row each, the files lie in the data folder. What happened to them is recorded as activities.
CREATE TABLE export (
  id BYTEA PRIMARY KEY,
  store_id BIGINT NOT NULL,
  requested_at BIGINT NOT NULL,
  -- The log it is of; for one that the shop made, its category.
  kind TEXT NOT NULL,
  is_recorded BOOLEAN NOT NULL,
  format TEXT,
  status TEXT NOT NULL,
  name TEXT NOT NULL,
  requester TEXT NOT NULL,
  requester_name TEXT NOT NULL,
  -- With which role it was asked for, from its start with which it is built.
  role TEXT NOT NULL,
  -- What is exported and how, as JSON.
  spec TEXT NOT NULL,
  up_to BIGINT NOT NULL,
  -- Folded words by which it is found.
  words TEXT NOT NULL,
  row_count BIGINT NOT NULL DEFAULT 0,
  total BIGINT,
  byte_count BIGINT,
  sha256 TEXT,
  error_code TEXT,
  error TEXT,
  file_name TEXT,
  has_file BOOLEAN NOT NULL DEFAULT FALSE,
  started_at BIGINT,
  finished_at BIGINT,
  expires_at BIGINT,
  schedule_id BYTEA,
  download_count BIGINT NOT NULL DEFAULT 0,
  lease BYTEA,
  lease_until BIGINT
);
CREATE INDEX export_by_time ON export (store_id, requested_at, id);
CREATE INDEX export_waiting ON export (requested_at) WHERE status IN ('queued', 'running');
CREATE INDEX export_expiring ON export (expires_at) WHERE has_file;
CREATE TABLE export_download (
  export_id BYTEA NOT NULL,
  at BIGINT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE INDEX export_download_by_export ON export_download (export_id, at);
CREATE TABLE export_email (
  export_id BYTEA NOT NULL,
  at BIGINT NOT NULL,
  recipient TEXT NOT NULL,
  message_id BYTEA NOT NULL,
  PRIMARY KEY (export_id, message_id)
);
CREATE TABLE export_schedule (
  id BYTEA PRIMARY KEY,
  store_id BIGINT NOT NULL,
  owner TEXT NOT NULL,
  owner_name TEXT NOT NULL,
  draft TEXT NOT NULL,
  is_on BOOLEAN NOT NULL,
  next_at BIGINT
);
CREATE INDEX export_schedule_due ON export_schedule (next_at) WHERE is_on;
-- For how many days files are kept.
ALTER TABLE store ADD COLUMN export_days BIGINT NOT NULL DEFAULT 30;

-- Erasures: state of the work; what was erased stands in the ledger's entries of kind `erasure`.
CREATE TABLE erasure (
  id BYTEA PRIMARY KEY,
  store_id BIGINT NOT NULL,
  requested_at BIGINT NOT NULL,
  requester TEXT NOT NULL,
  requester_name TEXT NOT NULL,
  cause TEXT NOT NULL,
  source TEXT NOT NULL,
  spec TEXT NOT NULL,
  up_to BIGINT NOT NULL,
  reason TEXT NOT NULL,
  status TEXT NOT NULL,
  total BIGINT NOT NULL,
  done BIGINT NOT NULL DEFAULT 0,
  held BIGINT NOT NULL DEFAULT 0,
  report TEXT NOT NULL DEFAULT '{}',
  error TEXT,
  cursor_key BIGINT,
  finished_at BIGINT,
  lease_until BIGINT
);
CREATE INDEX erasure_by_time ON erasure (store_id, requested_at);
CREATE INDEX erasure_waiting ON erasure (requested_at) WHERE status IN ('queued', 'running');
CREATE TABLE erased_range (
  from_seq BIGINT PRIMARY KEY,
  to_seq BIGINT NOT NULL,
  erasure_id BYTEA NOT NULL
);
-- Where entries are missing from a log, by hour.
CREATE TABLE erased_gap (
  erasure_id BYTEA NOT NULL,
  source TEXT NOT NULL,
  hour BIGINT NOT NULL,
  store_id BIGINT NOT NULL,
  first_key BIGINT NOT NULL,
  last_key BIGINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (erasure_id, source, hour)
);
CREATE INDEX erased_gap_by_place ON erased_gap (store_id, source, last_key);
CREATE TABLE legal_hold (
  id BYTEA PRIMARY KEY,
  store_id BIGINT NOT NULL,
  source TEXT NOT NULL,
  q TEXT NOT NULL,
  reason TEXT NOT NULL,
  by_name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  released_at BIGINT
);
CREATE INDEX legal_hold_by_store ON legal_hold (store_id, source) WHERE released_at IS NULL;
CREATE TABLE retention_rule (
  store_id BIGINT NOT NULL,
  source TEXT NOT NULL,
  -- Empty for the whole log.
  category TEXT NOT NULL,
  content_days BIGINT,
  metadata_days BIGINT,
  PRIMARY KEY (store_id, source, category)
);

-- The signed heads of the ledger.
CREATE TABLE checkpoint (
  size BIGINT PRIMARY KEY,
  root BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  note TEXT NOT NULL,
  posted_at BIGINT,
  post_error TEXT
);

-- Views that people keep: state.
CREATE TABLE saved_view (
  id BYTEA PRIMARY KEY,
  store_id BIGINT NOT NULL,
  owner BYTEA NOT NULL,
  log TEXT NOT NULL,
  name TEXT NOT NULL,
  q TEXT NOT NULL,
  is_shared BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX saved_view_by_store ON saved_view (store_id, log);
-- How each person arranged them, and up to where they have looked.
CREATE TABLE saved_view_of_person (
  user_id BYTEA NOT NULL,
  view_id BYTEA NOT NULL,
  place BIGINT,
  is_default BOOLEAN NOT NULL DEFAULT FALSE,
  seen_seq BIGINT,
  PRIMARY KEY (user_id, view_id)
);
