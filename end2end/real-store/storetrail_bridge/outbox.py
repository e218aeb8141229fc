"""Writing notes for Storetrail, in the transaction of the change they tell of.

A request often saves the same thing several times (Oscar's product form: the product, its stock record, its
categories). Notes of one request about one thing are therefore folded into one, as long as none has been sent.
"""

import json
from contextlib import contextmanager
from contextvars import ContextVar
from zlib import crc32

from django.utils import timezone

from .middleware import origin, signed_in_user, trace_id
from .models import Note
from .subjects import person

LONGEST_TEXT = 5000

is_operation = ContextVar("storetrail_is_operation", default=False)


@contextmanager
def told_as_operation():
    """What is done in here is told otherwise: as the items of an operation."""
    token = is_operation.set(True)
    try:
        yield
    finally:
        is_operation.reset(token)


def record(action, subject, *, changes=(), actor=None, fold=False, **more):
    """Note an activity. `more` is any other field of an activity: related, details, outcome, error, category."""
    if is_operation.get():
        return
    about = f"{subject['type']}/{subject['id']}"
    if fold and (earlier := unsent(about=about, action=action) or unsent(about=about, action__endswith=".created")):
        fold_into(earlier, changes)
        return
    activity = {
        "action": action,
        "occurred_at": timezone.now().isoformat().replace("+00:00", "Z"),
        "actor": actor or who(),
        "subject": subject,
        "changes": cut(changes),
        **origin(),
        **more,
    }
    write("POST", "/api/v1/activities", activity, action=action, about=about)


def upsert(path, body):
    """Note what an order or a customer looks like now."""
    if earlier := unsent(path=path):
        earlier.delete()
    write("PUT", path, body)


def forget(about):
    """Drop what this request noted about something that it made itself; whether there was such a thing."""
    made_here = unsent(about=about, action__endswith=".created")
    if made_here:
        Note.objects.filter(trace_id=trace_id(), about=about, tries=0).delete()
    return bool(made_here)


def who():
    if user := signed_in_user():
        return person(user)
    return {"type": "customer", "name": "Guest"} if trace_id() else {"type": "system", "name": "Shop"}


def unsent(**which):
    """The note of this request that has not been sent yet."""
    trace = trace_id()
    return trace and Note.objects.filter(trace_id=trace, tries=0, **which).first()


def fold_into(note, changes):
    """What it was before comes from the earlier note, what it is now from the later one."""
    is_new = note.action.endswith(".created")
    activity = json.loads(note.body)
    folded = {change["field"]: change for change in activity["changes"]}
    for change in cut(changes):
        first = folded.get(change["field"], change)
        folded[change["field"]] = {**change, "before": None if is_new else first["before"]}
    activity["changes"] = [c for c in folded.values() if c["before"] != c["after"]]
    if not activity["changes"] and not is_new:
        note.delete()
        return
    note.body = as_json(activity)
    note.save(update_fields=["body"])


def write(method, path, body, **about):
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if value is not None}
    body = as_json(body)
    Note.objects.create(method=method, path=path, body=body, trace_id=trace_id() or "", **about)


def cut(changes):
    """Storetrail takes 64 KiB for both values of a change; who wants the whole text finds it in the shop."""

    def short(value):
        is_long = isinstance(value, str) and len(value) > LONGEST_TEXT
        return f"{value[:LONGEST_TEXT]}… ({len(value)} characters, {crc32(value.encode()):08x})" if is_long else value

    return [{"field": c["field"], "before": short(c["before"]), "after": short(c["after"])} for c in changes]


def as_json(value):
    return json.dumps(value, ensure_ascii=False)
