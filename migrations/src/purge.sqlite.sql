-- Texts that are deleted leave their index when its segments are merged, not each by itself, which rewrote hundreds of pages a text.
INSERT INTO activity_fts (activity_fts, rank) VALUES ('secure-delete', 0);
INSERT INTO message_fts (message_fts, rank) VALUES ('secure-delete', 0);
-- How often texts were deleted from each index, up to which of these they have to leave it at once, and up to which they have left it.
CREATE TABLE index_purge (
  name TEXT PRIMARY KEY,
  marked BIGINT NOT NULL,
  wanted BIGINT NOT NULL,
  purged BIGINT NOT NULL,
  purged_at BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO index_purge (name, marked, wanted, purged, purged_at) VALUES ('activity', 0, 0, 0, 0), ('message', 0, 0, 0, 0);
