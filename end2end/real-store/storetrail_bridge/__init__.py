"""Tells Storetrail what happens in this shop.

subjects.py   what is watched and under which names: the file to change for a shop of your own
watch.py      Django's signals: what it was before, what it is after
middleware.py who is asking, and from where
outbox.py     the note, written in the same transaction as the change
operations.py bulk operations, and what Storetrail asks for when one is taken back
management/commands/storetrail_deliver.py   the process that hands the notes over
"""
