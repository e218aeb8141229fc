-- Entries are found by the fields that changed, too: what was recorded before is looked at once more, for these and for devices.
ALTER TABLE device_waiting RENAME TO older_waiting;
UPDATE older_waiting SET up_to = (SELECT size FROM ledger_head WHERE id = 1);
