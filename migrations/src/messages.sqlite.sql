-- Messages: projections of the ledger's entries of kind `message` and `message_fact`.
CREATE TABLE message (
  order_key INTEGER PRIMARY KEY,
  store_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  id BLOB NOT NULL,
  occurred_at BIGINT NOT NULL,
  facet INTEGER NOT NULL,
  is_inbound BOOLEAN NOT NULL,
  order_number TEXT,
  customer_id TEXT,
  attempt_number BIGINT NOT NULL,
  -- What lines show of it, everything that became known, and what follows from that, as JSON.
  shown TEXT NOT NULL,
  facts TEXT NOT NULL,
  delivery TEXT NOT NULL
);
CREATE UNIQUE INDEX message_by_id ON message (id);
CREATE INDEX message_by_time ON message (store_id, order_key, facet);
CREATE INDEX message_by_facet ON message (store_id, facet, order_key);
CREATE INDEX message_by_order ON message (store_id, order_number, order_key, facet, is_inbound) WHERE order_number IS NOT NULL;
CREATE INDEX message_by_customer ON message (store_id, customer_id, order_key) WHERE customer_id IS NOT NULL;
CREATE INDEX ledger_message_facts ON ledger (order_key) WHERE kind = 'message_fact';
CREATE TABLE message_total (
  store_id BIGINT NOT NULL,
  facet INTEGER NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (store_id, facet)
) WITHOUT ROWID;
CREATE TABLE message_hour (
  store_id BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  facet INTEGER NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (store_id, hour, facet)
) WITHOUT ROWID;
CREATE TABLE message_term (
  store_id BIGINT NOT NULL,
  text TEXT NOT NULL,
  is_personal BOOLEAN NOT NULL,
  PRIMARY KEY (store_id, text, is_personal)
) WITHOUT ROWID;
CREATE TABLE message_posting (
  term BIGINT NOT NULL,
  order_key BIGINT NOT NULL,
  PRIMARY KEY (term, order_key)
) WITHOUT ROWID;
-- By which names others know a message: Message-ID, a provider's id, an attempt's id.
CREATE TABLE message_name (
  name TEXT NOT NULL,
  order_key BIGINT NOT NULL,
  attempt_number BIGINT,
  PRIMARY KEY (name, order_key)
) WITHOUT ROWID;
CREATE TABLE message_text (
  order_key INTEGER PRIMARY KEY,
  open TEXT NOT NULL,
  personal TEXT NOT NULL
);
CREATE VIRTUAL TABLE message_fts USING fts5 (
  open, personal, content = 'message_text', content_rowid = 'order_key', tokenize = 'trigram case_sensitive 1'
);
INSERT INTO message_fts (message_fts, rank) VALUES ('secure-delete', 1);

-- What waits to be sent: state. 0 waits, 1 is being handed over.
CREATE TABLE outbox (
  order_key INTEGER PRIMARY KEY,
  store_id BIGINT NOT NULL,
  message_id BLOB NOT NULL,
  attempt_number BIGINT NOT NULL,
  attempt_id BLOB NOT NULL,
  state SMALLINT NOT NULL,
  due_at BIGINT NOT NULL,
  lease BLOB,
  lease_until BIGINT,
  tries BIGINT NOT NULL,
  first_try_at BIGINT
);
CREATE INDEX outbox_due ON outbox (state, due_at);

-- Reports that belong to no message known here: kept, and shown.
CREATE TABLE unmatched_report (
  id BLOB PRIMARY KEY,
  received_at BIGINT NOT NULL,
  digest BLOB NOT NULL UNIQUE,
  report TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX unmatched_report_by_time ON unmatched_report (received_at);

CREATE TABLE opt_out (
  store_id BIGINT NOT NULL,
  channel SMALLINT NOT NULL,
  address TEXT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (store_id, channel, address)
) WITHOUT ROWID;

-- One row an order that has a message or was told of: the list of orders.
CREATE TABLE order_thread (
  store_id BIGINT NOT NULL,
  number TEXT NOT NULL,
  sort_key BIGINT NOT NULL,
  last_key BIGINT,
  waiting_since BIGINT,
  message_count BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (store_id, number)
) WITHOUT ROWID;
CREATE INDEX order_thread_by_sort ON order_thread (store_id, sort_key, number);
CREATE INDEX order_thread_waiting ON order_thread (store_id, waiting_since) WHERE waiting_since IS NOT NULL;
INSERT INTO order_thread (store_id, number, sort_key) SELECT store_id, number, COALESCE(placed_at, 0) FROM sales_order;
CREATE INDEX sales_order_by_assignee ON sales_order (store_id, assigned_to) WHERE assigned_to IS NOT NULL;
CREATE INDEX sales_order_by_customer ON sales_order (store_id, customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX customer_by_email ON customer (store_id, LOWER(email));
-- Up to where somebody has read a thread: state.
CREATE TABLE order_seen (
  principal TEXT NOT NULL,
  store_id BIGINT NOT NULL,
  number TEXT NOT NULL,
  seen_key BIGINT NOT NULL,
  PRIMARY KEY (principal, store_id, number)
) WITHOUT ROWID;
