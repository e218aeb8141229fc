-- By which words customers are found, folded, each by what it begins with: personal.
CREATE TABLE customer_word (
  store_id BIGINT NOT NULL,
  word TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  PRIMARY KEY (store_id, word, customer_id)
) WITHOUT ROWID;
CREATE INDEX customer_word_by_customer ON customer_word (store_id, customer_id);
-- Those told of before are looked at in small steps: after whom they still wait. No row once none does.
CREATE TABLE customer_waiting (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  store_id BIGINT NOT NULL,
  customer_id TEXT NOT NULL
);
INSERT INTO customer_waiting (id, store_id, customer_id) SELECT 1, 0, '' WHERE EXISTS (SELECT 1 FROM customer);
