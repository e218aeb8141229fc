-- What is sent by one provider waits for itself: a mail server that hangs holds up no text. Mail 0, texts 1.
ALTER TABLE outbox ADD COLUMN lane SMALLINT NOT NULL DEFAULT 0;
UPDATE outbox SET lane = 1 WHERE order_key IN (SELECT order_key FROM message WHERE facet / 1024 <> 0);
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (state, lane, due_at);
