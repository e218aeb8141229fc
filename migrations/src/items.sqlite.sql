-- An item is known by what it is about: things that are changed one after the other lie side by side, where a digest
-- scattered each batch over the whole index.
DROP INDEX operation_item_once;
ALTER TABLE operation_item DROP COLUMN item_key;
CREATE UNIQUE INDEX operation_item_once ON operation_item (operation, subject_type, subject_id, field);
