from django.apps import AppConfig
from django.core import checks
from django.db import connections


class StoretrailBridge(AppConfig):
    name = "storetrail_bridge"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import watch

        watch.start()
        checks.register(requests_are_transactions, checks.Tags.database)


def requests_are_transactions(databases=None, **_):
    return [
        checks.Error(
            f"database {alias!r}: a change and its note for Storetrail can come apart",
            hint="set ATOMIC_REQUESTS to True",
            id="storetrail.E001",
        )
        for alias in databases or ()
        if not connections[alias].settings_dict["ATOMIC_REQUESTS"]
    ]
