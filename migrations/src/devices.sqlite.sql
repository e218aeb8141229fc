-- With what entries were made: names of browsers and systems, a few hundred at most and nobody's.
CREATE TABLE device (
  id SMALLINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) WITHOUT ROWID;
-- None where nothing was told, where what was told is not known, and where it was not looked at yet.
ALTER TABLE activity ADD COLUMN device_id SMALLINT;
CREATE INDEX activity_by_device ON activity (store_id, device_id, order_key) WHERE device_id IS NOT NULL;
-- What was recorded before is looked at in small steps, newest first: up to which ledger number it still waits.
CREATE TABLE device_waiting (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  up_to BIGINT NOT NULL
);
INSERT INTO device_waiting (id, up_to) SELECT 1, size FROM ledger_head WHERE id = 1;
