-- Templates and follow-up rules: the last record about each. Webhooks that rules call: state.
CREATE TABLE template (
  store_id BIGINT NOT NULL,
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  PRIMARY KEY (store_id, id),
  UNIQUE (store_id, name)
) WITHOUT ROWID;
CREATE TABLE followup_rule (
  store_id BIGINT NOT NULL,
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  PRIMARY KEY (store_id, id)
) WITHOUT ROWID;
-- Each inbound message is evaluated once.
CREATE TABLE followup_done (
  message_id BLOB PRIMARY KEY,
  store_id BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE webhook_job (
  id BLOB PRIMARY KEY,
  store_id BIGINT NOT NULL,
  url TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  lease_until BIGINT,
  tries BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX webhook_job_due ON webhook_job (due_at);
