-- Stores, people, keys: state.
CREATE TABLE store (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  domain TEXT NOT NULL DEFAULT '',
  time_zone TEXT NOT NULL,
  is_sample BOOLEAN NOT NULL DEFAULT FALSE,
  created_at BIGINT NOT NULL,
  removed_at BIGINT
);
CREATE TABLE user_account (
  id BLOB PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT
) WITHOUT ROWID;
CREATE TABLE membership (
  user_id BLOB NOT NULL REFERENCES user_account (id),
  store_id BIGINT NOT NULL REFERENCES store (id),
  role TEXT NOT NULL,
  is_blocked BOOLEAN NOT NULL DEFAULT FALSE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, store_id)
) WITHOUT ROWID;
CREATE INDEX membership_by_store ON membership (store_id);
CREATE TABLE session (
  token_hash BLOB PRIMARY KEY,
  user_id BLOB NOT NULL REFERENCES user_account (id),
  store_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  ip TEXT,
  user_agent TEXT
) WITHOUT ROWID;
CREATE INDEX session_by_user ON session (user_id);
CREATE TABLE api_key (
  id BLOB PRIMARY KEY,
  store_id BIGINT NOT NULL REFERENCES store (id),
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  secret_hash BLOB NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  revoked_at BIGINT
) WITHOUT ROWID;
CREATE INDEX api_key_by_store ON api_key (store_id);
CREATE TABLE owner_token (
  token_hash BLOB PRIMARY KEY,
  created_at BIGINT NOT NULL
) WITHOUT ROWID;

-- What threads and filters refer to.
CREATE TABLE sales_order (
  store_id BIGINT NOT NULL,
  number TEXT NOT NULL,
  customer_id TEXT,
  status TEXT,
  total TEXT,
  currency TEXT,
  placed_at BIGINT,
  assigned_to TEXT,
  updated_seq BIGINT NOT NULL,
  PRIMARY KEY (store_id, number)
) WITHOUT ROWID;
CREATE TABLE customer (
  store_id BIGINT NOT NULL,
  id TEXT NOT NULL,
  name TEXT,
  email TEXT,
  phone TEXT,
  "groups" TEXT NOT NULL,
  updated_seq BIGINT NOT NULL,
  PRIMARY KEY (store_id, id)
) WITHOUT ROWID;

-- The ledger: append-only; payloads can be erased, leaves can't.
CREATE TABLE ledger_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  size BIGINT NOT NULL,
  frontier BLOB NOT NULL,
  root BLOB NOT NULL
);
INSERT INTO ledger_head (id, size, frontier, root)
VALUES (1, 0, x'', x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
CREATE TABLE ledger (
  seq INTEGER PRIMARY KEY,
  store_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  record_id BLOB NOT NULL,
  recorded_at BIGINT NOT NULL,
  payload_digest BLOB NOT NULL,
  leaf BLOB NOT NULL,
  order_key BIGINT
);
CREATE UNIQUE INDEX ledger_by_record ON ledger (record_id);
CREATE INDEX ledger_outcomes ON ledger (order_key) WHERE kind = 'outcome';
CREATE TABLE ledger_node (
  level SMALLINT NOT NULL,
  place BIGINT NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, place)
) WITHOUT ROWID;
CREATE TABLE payload (
  seq INTEGER PRIMARY KEY,
  salt BLOB NOT NULL,
  body TEXT NOT NULL
);
CREATE TABLE idempotency (
  principal TEXT NOT NULL,
  key TEXT NOT NULL,
  request_digest BLOB NOT NULL,
  answer BLOB NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (principal, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- The activity log: projections of the ledger's payloads.
CREATE TABLE actor (
  id INTEGER PRIMARY KEY,
  store_id BIGINT NOT NULL,
  identity TEXT NOT NULL,
  uses BIGINT NOT NULL DEFAULT 0,
  UNIQUE (store_id, identity)
);
CREATE TABLE actor_key (
  store_id BIGINT NOT NULL,
  text TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  is_personal BOOLEAN NOT NULL,
  PRIMARY KEY (store_id, text, actor_id)
) WITHOUT ROWID;
CREATE TABLE action (
  id INTEGER PRIMARY KEY,
  store_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  categories BIGINT NOT NULL,
  successes BIGINT NOT NULL DEFAULT 0,
  pendings BIGINT NOT NULL DEFAULT 0,
  failures BIGINT NOT NULL DEFAULT 0,
  UNIQUE (store_id, name, categories)
);
CREATE TABLE activity (
  order_key INTEGER PRIMARY KEY,
  store_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  id BLOB NOT NULL,
  occurred_at BIGINT NOT NULL,
  actor_id BIGINT NOT NULL,
  action_id BIGINT NOT NULL,
  outcome SMALLINT NOT NULL,
  has SMALLINT NOT NULL,
  ip BLOB,
  subject_type TEXT,
  subject_id TEXT,
  subject_name TEXT,
  description TEXT,
  error TEXT,
  first_change TEXT,
  change_count BIGINT NOT NULL,
  operation_id TEXT
);
CREATE INDEX activity_by_time ON activity (store_id, order_key, actor_id, action_id, outcome, has);
CREATE INDEX activity_by_actor ON activity (store_id, actor_id, order_key, action_id, outcome, has);
CREATE INDEX activity_by_action ON activity (store_id, action_id, order_key, actor_id, outcome, has);
CREATE INDEX activity_by_outcome ON activity (store_id, outcome, order_key, actor_id, action_id, has) WHERE outcome <> 0;
CREATE INDEX activity_by_ip ON activity (store_id, ip, order_key) WHERE ip IS NOT NULL;
CREATE TABLE term (
  store_id BIGINT NOT NULL,
  text TEXT NOT NULL,
  is_personal BOOLEAN NOT NULL,
  PRIMARY KEY (store_id, text, is_personal)
) WITHOUT ROWID;
CREATE TABLE posting (
  term BIGINT NOT NULL,
  order_key BIGINT NOT NULL,
  PRIMARY KEY (term, order_key)
) WITHOUT ROWID;
CREATE TABLE hour_count (
  store_id BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  action_id BIGINT NOT NULL,
  outcome SMALLINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (store_id, hour, action_id, outcome)
) WITHOUT ROWID;
CREATE TABLE activity_text (
  order_key INTEGER PRIMARY KEY,
  open TEXT NOT NULL,
  personal TEXT NOT NULL
);
CREATE VIRTUAL TABLE activity_fts USING fts5 (
  open, personal, content = 'activity_text', content_rowid = 'order_key', tokenize = 'trigram case_sensitive 1'
);
INSERT INTO activity_fts (activity_fts, rank) VALUES ('secure-delete', 1);
