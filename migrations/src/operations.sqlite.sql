-- Bulk operations: projections of their records.
CREATE TABLE operation (
  number INTEGER PRIMARY KEY,
  store_id BIGINT NOT NULL,
  id TEXT NOT NULL,
  tab SMALLINT NOT NULL,
  state SMALLINT NOT NULL,
  asked SMALLINT,
  is_revert BOOLEAN NOT NULL,
  definition TEXT NOT NULL,
  total BIGINT,
  changed BIGINT NOT NULL,
  unchanged BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  started_at BIGINT,
  last_at BIGINT NOT NULL,
  ended_at BIGINT,
  stalls_at BIGINT,
  error TEXT,
  reverted_by TEXT,
  first_seq BIGINT NOT NULL,
  last_seq BIGINT NOT NULL,
  last_record BLOB NOT NULL,
  UNIQUE (store_id, id)
);
CREATE INDEX operation_by_tab ON operation (store_id, tab, number);
CREATE INDEX operation_running ON operation (store_id, number) WHERE ended_at IS NULL;
CREATE INDEX operation_stalling ON operation (stalls_at) WHERE stalls_at IS NOT NULL;
CREATE INDEX operation_by_seq ON operation (last_seq);
CREATE TABLE operation_item (
  operation BIGINT NOT NULL,
  place BIGINT NOT NULL,
  item_key BIGINT NOT NULL,
  digest BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  outcome SMALLINT NOT NULL,
  cause BIGINT,
  subject_type TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  subject_name TEXT,
  field TEXT NOT NULL,
  value_before TEXT,
  value_after TEXT,
  error TEXT,
  PRIMARY KEY (operation, place)
) WITHOUT ROWID;
CREATE UNIQUE INDEX operation_item_once ON operation_item (operation, item_key);
CREATE INDEX operation_item_by_outcome ON operation_item (operation, outcome, place) WHERE outcome <> 0;
CREATE INDEX operation_item_by_cause ON operation_item (operation, cause, place) WHERE cause IS NOT NULL;
CREATE TABLE operation_cause (
  operation BIGINT NOT NULL,
  cause BIGINT NOT NULL,
  words TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (operation, cause)
) WITHOUT ROWID;
CREATE TABLE operation_event (
  operation BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  items BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (operation, seq)
) WITHOUT ROWID;

-- What each field was last seen to hold; the field '' says whether the thing is gone.
CREATE TABLE field_value (
  store_id BIGINT NOT NULL,
  subject_type TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  changed_at BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  by_whom TEXT NOT NULL,
  PRIMARY KEY (store_id, subject_type, subject_id, field)
) WITHOUT ROWID;
CREATE INDEX field_value_by_seq ON field_value (seq);

-- What a revert still has to do: state.
CREATE TABLE revert_item (
  store_id BIGINT NOT NULL,
  operation TEXT NOT NULL,
  place BIGINT NOT NULL,
  subject TEXT NOT NULL,
  field TEXT NOT NULL,
  value_now TEXT NOT NULL,
  value_to TEXT NOT NULL,
  batch BLOB,
  tries BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  lease_until BIGINT,
  PRIMARY KEY (store_id, operation, place)
) WITHOUT ROWID;
CREATE INDEX revert_item_due ON revert_item (due_at);
CREATE INDEX revert_item_batch ON revert_item (batch) WHERE batch IS NOT NULL;
