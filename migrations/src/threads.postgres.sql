-- Inbound messages whose rules were not evaluated yet: written with the message, taken out by the evaluation.
DROP TABLE followup_done;
CREATE TABLE followup_due (
  message_id BYTEA PRIMARY KEY,
  store_id BIGINT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX followup_due_by_time ON followup_due (received_at);
-- What was ordered: JSON, as the last record about the order says it.
ALTER TABLE sales_order ADD COLUMN items TEXT;
