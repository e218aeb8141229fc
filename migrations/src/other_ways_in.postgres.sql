-- Ways in besides the password: passkeys answer a challenge once, and a provider's people are known again.
CREATE TABLE spent_challenge (
  challenge_hash BYTEA PRIMARY KEY,
  spent_at BIGINT NOT NULL
);
CREATE INDEX spent_challenge_by_time ON spent_challenge (spent_at);

CREATE TABLE openid_identity (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id BYTEA NOT NULL REFERENCES user_account (id),
  created_at BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX openid_identity_by_user ON openid_identity (user_id);
