import uuid

from django.db import models


class Note(models.Model):
    """One call to Storetrail that has been made or is still to be made: the outbox."""

    # Sent as Idempotency-Key with every try, so that Storetrail stores the note once however often it is sent.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    method = models.CharField(max_length=4)
    path = models.CharField(max_length=300)
    # The bytes that are sent: never rewritten after the first try.
    body = models.TextField()
    action = models.CharField(max_length=100, blank=True)
    about = models.CharField(max_length=300, blank=True)
    trace_id = models.CharField(max_length=32, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    tries = models.PositiveIntegerField(default=0)
    answer = models.TextField(blank=True)
    delivered_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                name="storetrail_waiting",
                fields=["id"],
                condition=models.Q(delivered_at=None, refused_at=None),
            )
        ]
