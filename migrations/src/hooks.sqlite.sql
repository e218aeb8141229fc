-- Shops' connections and the deliveries of their webhooks: state.
CREATE TABLE shop_connection (
  id BLOB PRIMARY KEY,
  store_id BIGINT NOT NULL REFERENCES store (id),
  platform SMALLINT NOT NULL,
  name TEXT NOT NULL,
  sealed_secret BLOB NOT NULL,
  is_enabled BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  first_at BIGINT,
  last_at BIGINT,
  UNIQUE (platform, name)
) WITHOUT ROWID;
CREATE INDEX shop_connection_by_store ON shop_connection (store_id);
CREATE TABLE webhook_delivery (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  store_id BIGINT NOT NULL,
  connection_id BLOB NOT NULL,
  connection_name TEXT NOT NULL,
  platform SMALLINT NOT NULL,
  topic TEXT NOT NULL,
  state SMALLINT NOT NULL,
  result SMALLINT,
  delivery_key TEXT NOT NULL,
  headers TEXT NOT NULL,
  body BLOB,
  bytes BIGINT NOT NULL,
  sha256 BLOB NOT NULL,
  edited TEXT,
  subject_type TEXT,
  subject_id TEXT,
  subject_name TEXT,
  customer_id TEXT,
  trace_id TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  repeats BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  tries_before BIGINT NOT NULL,
  due_at BIGINT,
  lease_until BIGINT,
  lease BLOB,
  ended_at BIGINT,
  cause SMALLINT,
  error TEXT,
  UNIQUE (connection_id, delivery_key)
);
CREATE INDEX webhook_delivery_by_store ON webhook_delivery (store_id, number);
CREATE INDEX webhook_delivery_by_state ON webhook_delivery (store_id, state, number);
CREATE INDEX webhook_delivery_by_connection ON webhook_delivery (connection_id, number);
CREATE INDEX webhook_delivery_by_topic ON webhook_delivery (store_id, topic, number);
CREATE INDEX webhook_delivery_due ON webhook_delivery (due_at, number) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_at) WHERE body IS NOT NULL;
CREATE INDEX webhook_delivery_by_subject ON webhook_delivery (store_id, subject_type, subject_id, number) WHERE subject_id IS NOT NULL;
CREATE INDEX webhook_delivery_by_customer ON webhook_delivery (store_id, customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX webhook_delivery_by_trace ON webhook_delivery (store_id, trace_id);
CREATE TABLE webhook_attempt (
  delivery BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  at BIGINT NOT NULL,
  result SMALLINT,
  cause SMALLINT,
  error TEXT,
  PRIMARY KEY (delivery, attempt)
) WITHOUT ROWID;
-- By which id a shop names a thing, and how new what was seen of it is by the shop's clock.
CREATE TABLE shop_subject (
  connection_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  foreign_id TEXT NOT NULL,
  store_id BIGINT NOT NULL,
  subject_id TEXT NOT NULL,
  seen_at BIGINT,
  PRIMARY KEY (connection_id, kind, foreign_id)
) WITHOUT ROWID;
CREATE INDEX shop_subject_by_store ON shop_subject (store_id, kind, subject_id);
