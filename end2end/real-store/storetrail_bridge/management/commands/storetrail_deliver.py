"""Hand the waiting notes to Storetrail, oldest first, for as long as the process runs: run one of it."""

import json
import logging
import time
from datetime import timedelta

import requests
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.models import F
from django.utils import timezone

from storetrail_bridge.models import Note

log = logging.getLogger("storetrail")

# Storetrail understood and will say the same next time. Everything else (no connection, 401, 408, 429, 5xx) passes.
REFUSED = {400, 413, 415, 422}
SHORTEST_PAUSE_SECONDS = 0.2
KEEP = timedelta(days=7)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="stop when nothing waits or Storetrail is out of reach")

    def handle(self, *args, once=False, **options):
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {settings.STORETRAIL['KEY']}"
        pause = SHORTEST_PAUSE_SECONDS
        while True:
            note = Note.objects.filter(delivered_at=None, refused_at=None).order_by("pk").first()
            trouble = deliver(session, note) if note else None
            if once and (trouble or not note):
                return
            if trouble:
                log.warning("note %s waits %.1f s: %s", note.pk, pause, trouble)
                time.sleep(pause)
                pause = min(pause * 2, settings.STORETRAIL["LONGEST_PAUSE_SECONDS"])
                continue
            pause = SHORTEST_PAUSE_SECONDS
            if not note:
                Note.objects.filter(delivered_at__lt=timezone.now() - KEEP).delete()
                time.sleep(SHORTEST_PAUSE_SECONDS)


def deliver(session, note):
    """Try once. None when the note is done with, else what is in the way."""
    # From here on the body is fixed: folding looks at notes without a try only.
    Note.objects.filter(pk=note.pk).update(tries=F("tries") + 1)
    note.refresh_from_db()
    headers = {"Content-Type": "application/json"}
    if note.method == "POST":
        headers["Idempotency-Key"] = str(note.key)
    url = settings.STORETRAIL["URL"].rstrip("/") + note.path
    try:
        answer = session.request(note.method, url, data=note.body.encode(), headers=headers, timeout=10)
    except requests.RequestException as error:
        return f"no answer ({type(error).__name__})"
    if not answer.ok and answer.status_code not in REFUSED:
        return f"answered {answer.status_code}"
    note.answer = answer.text
    if answer.ok:
        note.delivered_at = timezone.now()
    else:
        note.refused_at = timezone.now()
        log.error("note %s was refused with %s: %s", note.pk, answer.status_code, problem(answer))
    note.save(update_fields=["answer", "delivered_at", "refused_at"])
    return None


def problem(answer):
    """Code and field names; never values, which may be personal."""
    try:
        body = answer.json()
        return f"{body.get('code')} {[error.get('pointer') for error in body.get('errors', ())]}"
    except (json.JSONDecodeError, AttributeError):
        return "no problem JSON"
