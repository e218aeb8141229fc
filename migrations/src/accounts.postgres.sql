-- Accounts: second factors, links, sessions one can name, keys with bounds, own roles, the safety of a store.
ALTER TABLE user_account ADD COLUMN password_changed_at BIGINT;

-- Whoever is signed in while this runs signs in once more: their sessions had no id, and no proof of a second factor.
DELETE FROM session;
ALTER TABLE session ADD COLUMN id BYTEA;
ALTER TABLE session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN has_second_factor BOOLEAN NOT NULL DEFAULT FALSE;
CREATE UNIQUE INDEX session_by_id ON session (id);

ALTER TABLE api_key ADD COLUMN categories BIGINT;
ALTER TABLE api_key ADD COLUMN networks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE api_key ADD COLUMN expires_at BIGINT;
ALTER TABLE api_key ADD COLUMN last_used_ip TEXT;
ALTER TABLE api_key ADD COLUMN old_secret_hash BYTEA;
ALTER TABLE api_key ADD COLUMN old_secret_until BIGINT;
CREATE UNIQUE INDEX api_key_by_old_secret ON api_key (old_secret_hash) WHERE old_secret_hash IS NOT NULL;

CREATE TABLE own_role (
  store_id BIGINT NOT NULL REFERENCES store (id),
  id TEXT NOT NULL,
  number BIGINT NOT NULL,
  name TEXT NOT NULL,
  folded_name TEXT NOT NULL,
  description TEXT NOT NULL,
  access TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  deleted_at BIGINT,
  PRIMARY KEY (store_id, id)
);
CREATE UNIQUE INDEX own_role_by_name ON own_role (store_id, folded_name) WHERE deleted_at IS NULL;
CREATE TABLE policy (
  store_id BIGINT PRIMARY KEY REFERENCES store (id),
  definition TEXT NOT NULL
);

-- Emailed links and half sign-ins: only the hash of each token.
CREATE TABLE account_link (
  token_hash BYTEA PRIMARY KEY,
  purpose TEXT NOT NULL,
  user_id BYTEA NOT NULL REFERENCES user_account (id),
  store_id BIGINT,
  new_email TEXT,
  invited_by TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  confirmed_at BIGINT
);
CREATE INDEX account_link_by_user ON account_link (user_id, purpose);
CREATE TABLE sign_in_step (
  token_hash BYTEA PRIMARY KEY,
  user_id BYTEA NOT NULL REFERENCES user_account (id),
  created_at BIGINT NOT NULL,
  tries BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sign_in_step_by_user ON sign_in_step (user_id);

CREATE TABLE totp (
  user_id BYTEA PRIMARY KEY REFERENCES user_account (id),
  sealed_secret BYTEA NOT NULL,
  confirmed_at BIGINT,
  last_step BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE recovery_code (
  user_id BYTEA NOT NULL REFERENCES user_account (id),
  code_hash BYTEA NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (user_id, code_hash)
);
CREATE TABLE passkey (
  credential_id BYTEA PRIMARY KEY,
  user_id BYTEA NOT NULL REFERENCES user_account (id),
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT
);
CREATE INDEX passkey_by_user ON passkey (user_id);

-- Guessing is counted by account, by address, and by both together.
CREATE TABLE sign_in_failure (
  subject TEXT PRIMARY KEY,
  failures BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  locked_until BIGINT NOT NULL
);
-- Where an account or key came from and with what: what "new" is measured by.
CREATE TABLE known_origin (
  who TEXT NOT NULL,
  origin TEXT NOT NULL,
  label TEXT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  times BIGINT NOT NULL,
  PRIMARY KEY (who, origin)
);

-- The two logs that watch. The security log is a projection of the ledger's payloads; of request entries the ledger
-- holds a digest each.
CREATE TABLE security_event (
  order_key BIGINT PRIMARY KEY,
  store_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  id BYTEA NOT NULL,
  kind SMALLINT NOT NULL,
  outcome SMALLINT NOT NULL,
  account TEXT,
  ip BYTEA,
  request_id TEXT
);
CREATE INDEX security_by_time ON security_event (store_id, order_key, kind, outcome);
CREATE INDEX security_by_account ON security_event (store_id, account, order_key) WHERE account IS NOT NULL;
CREATE INDEX security_by_ip ON security_event (store_id, ip, order_key) WHERE ip IS NOT NULL;
CREATE INDEX security_by_request ON security_event (request_id) WHERE request_id IS NOT NULL;
CREATE TABLE request_entry (
  order_key BIGINT PRIMARY KEY,
  store_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  id BYTEA NOT NULL,
  status SMALLINT NOT NULL,
  surface SMALLINT NOT NULL,
  request_id TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX request_by_time ON request_entry (store_id, order_key, status, surface);
CREATE INDEX request_by_seq ON request_entry (seq);
CREATE INDEX request_by_id ON request_entry (id);
CREATE INDEX request_by_request ON request_entry (request_id);
-- Which ledger entries a call caused: one writing is one unbroken stretch.
CREATE TABLE record_cause (
  first_seq BIGINT PRIMARY KEY,
  last_seq BIGINT NOT NULL,
  store_id BIGINT NOT NULL,
  request_id TEXT NOT NULL
);
CREATE INDEX record_cause_by_request ON record_cause (request_id);

CREATE TABLE alarm_rule (
  store_id BIGINT NOT NULL REFERENCES store (id),
  rule TEXT NOT NULL,
  definition TEXT NOT NULL,
  PRIMARY KEY (store_id, rule)
);
-- What was raised, so that it is raised once.
CREATE TABLE alarm_raised (
  store_id BIGINT NOT NULL,
  finding TEXT NOT NULL,
  raised_at BIGINT NOT NULL,
  PRIMARY KEY (store_id, finding)
);
