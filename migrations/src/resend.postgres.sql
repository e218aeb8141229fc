-- Checkpoints that could not be sent outside are sent again.
ALTER TABLE checkpoint ADD COLUMN post_tries BIGINT NOT NULL DEFAULT 0;
-- When it is sent next; none for what was sent, and for what was never to be sent.
ALTER TABLE checkpoint ADD COLUMN post_next_at BIGINT;
CREATE INDEX checkpoint_to_send ON checkpoint (post_next_at) WHERE post_next_at IS NOT NULL;
UPDATE checkpoint SET post_tries = 1, post_next_at = created_at WHERE posted_at IS NULL AND post_error IS NOT NULL;
