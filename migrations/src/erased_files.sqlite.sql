-- Files that went with the messages of an erasure at work, until its end: whether another message names one is looked for there, for
-- all together. `written_at`: nanoseconds; a file that was written again since is another message's.
CREATE TABLE erasure_file (
  erasure BLOB NOT NULL,
  sha256 TEXT NOT NULL,
  written_at BIGINT NOT NULL,
  PRIMARY KEY (erasure, sha256)
) WITHOUT ROWID;
