-- Where operations are taken back through: state. The secret is sealed by the server.
CREATE TABLE revert_target (
  store_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  is_default BOOLEAN NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (store_id, name)
) WITHOUT ROWID;
