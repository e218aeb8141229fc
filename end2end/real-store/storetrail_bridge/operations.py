"""Bulk operations: changing many products at once and telling of each, and taking them back when Storetrail asks.

What is done here is told as the items of an operation, not as activities.
"""

from decimal import Decimal

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from standardwebhooks import Webhook, WebhookVerificationError

from .outbox import told_as_operation, write
from .subjects import PRODUCT, product_fields

# How many items a call brings.
TOGETHER = 100


def run(id, name, kind, field, change):
    """Change a field of every product by `change(value)`; the changes and the notes of them stand or fall together."""
    path = "/api/v1/operations"
    write("POST", path, {"id": id, "name": name, "kind": kind, "actor": {"type": "system", "name": "Shop"}})
    keys = list(apps.get_model(PRODUCT.model)._base_manager.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), TOGETHER):
        with transaction.atomic():
            items = [item for key in keys[start : start + TOGETHER] if (item := changed(key, field, change))]
            if items:
                write("POST", f"{path}/{id}/items", items)
    write("POST", f"{path}/{id}/complete", {})


def changed(key, field, change):
    """Change one product; the item that tells of it, None when there was nothing to change."""
    product = PRODUCT.find(key)
    before = product_fields(product)[field]
    if before is None:
        return None
    put(product, field, change(before))
    after = product_fields(product)[field]
    return {"subject": PRODUCT.reference(product), "field": field, "before": before, "after": after}


@csrf_exempt
@require_POST
def apply(request):
    """What Storetrail asks for: each field compared, written and answered for. See docs/operations.md."""
    try:
        call = Webhook(settings.STORETRAIL["SECRET"]).verify(request.body, dict(request.headers))
    except WebhookVerificationError:
        return HttpResponse(status=401)
    items = call["data"]["items"]
    return JsonResponse({"items": [{"id": item["id"], **settled(item)} for item in items]})


def settled(item):
    about, field = item["subject"], item["field"]
    product = PRODUCT.find(about["id"]) if about["type"] == PRODUCT.type else None
    if product is None:
        return {"outcome": "missing"}
    if field not in WRITTEN:
        return {"outcome": "failed", "error": f"{field} is not written by this shop"}
    now = product_fields(product)[field]
    if now == item["value"]:
        return {"outcome": "already"}
    if now != item["expected"]:
        return {"outcome": "changed", "now": now}
    put(product, field, item["value"])
    return {"outcome": "done"}


def put(product, field, value):
    with told_as_operation():
        WRITTEN[field](product, value)


def put_price(product, price):
    stock = product.stockrecords.order_by("pk").first()
    stock.price = Decimal(str(price))
    stock.save(update_fields=["price"])


def put_categories(product, names):
    category = apps.get_model("catalogue.Category")
    product.categories.set([category.objects.get(name=name) for name in names])


WRITTEN = {"price": put_price, "categories": put_categories}
