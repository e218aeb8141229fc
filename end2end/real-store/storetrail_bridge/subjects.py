"""What of this shop Storetrail is told, and under which names. For a shop of your own, change this file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.conf import settings


@dataclass(frozen=True, eq=False)
class Subject:
    """A kind of thing that is watched."""

    type: str  # Storetrail's word for it
    model: str  # "app.Model"
    name: Callable  # thing -> what people call it
    fields: Callable  # thing -> {field: value}, only what a person wants to read; None: not to be watched
    actions: dict[str, Callable] = field(default_factory=dict)  # field -> (before, after) -> action of its own
    parts: dict[str, Callable] = field(default_factory=dict)  # model that is saved apart -> ids of its things
    lists: tuple[str, ...] = ()  # many-to-many fields
    upsert: Callable | None = None  # thing -> (path, body): what Storetrail keeps up to date beside the log
    category: str | None = None  # only for actions that don't ship with Storetrail

    def find(self, key) -> Any:
        return apps.get_model(self.model)._base_manager.filter(pk=key).first()

    def reference(self, thing) -> dict:
        return {"type": self.type, "id": str(thing.pk), "name": self.name(thing)[:300]}


def always(action):
    return lambda before, after: action


def product_fields(product):
    stock = product.stockrecords.order_by("pk").first()
    return {
        "title": product.title,
        "upc": product.upc,
        "description": product.description,
        "is_public": product.is_public,
        "is_discountable": product.is_discountable,
        "categories": sorted(product.categories.values_list("name", flat=True)),
        "sku": stock and stock.partner_sku,
        "price": stock and number(stock.price),
        "currency": stock and stock.price_currency,
        "num_in_stock": stock and stock.num_in_stock,
        "num_allocated": stock and stock.num_allocated,
        "low_stock_threshold": stock and stock.low_stock_threshold,
    }


def offer_fields(offer):
    return {
        "name": offer.name,
        "description": offer.description,
        "offer_type": offer.offer_type,
        "status": offer.status,
        "start": when(offer.start_datetime),
        "end": when(offer.end_datetime),
        "priority": offer.priority,
        "incentive": {"type": offer.benefit.type, "value": number(offer.benefit.value)},
    }


def voucher_fields(voucher):
    return {
        "name": voucher.name,
        "code": voucher.code,
        "usage": voucher.usage,
        "start": when(voucher.start_datetime),
        "end": when(voucher.end_datetime),
        "offers": sorted(voucher.offers.values_list("name", flat=True)),
    }


def customer_fields(user):
    if user.is_staff:
        return None
    return {
        "name": user.get_full_name(),
        "email": user.email,
        "is_active": user.is_active,
        "groups": sorted(user.groups.values_list("name", flat=True)),
    }


def customer_upsert(user):
    address = user.addresses.order_by("-is_default_for_shipping", "pk").first()
    body = {
        "name": label(user)[:200],
        "email": user.email,
        "phone": str(address.phone_number) if address and address.phone_number else None,
        "groups": sorted(user.groups.values_list("name", flat=True)),
    }
    return f"/api/v1/customers/{user.pk}", body


def order_upsert(order):
    body = {
        "customer_id": order.user_id and str(order.user_id),
        "status": order.status,
        "total": str(order.total_incl_tax),
        "currency": order.currency,
        "placed_at": when(order.date_placed),
    }
    return f"/api/v1/orders/{order.number}", body


PRODUCT = Subject(
    type="product",
    model="catalogue.Product",
    name=lambda product: product.get_title(),
    fields=product_fields,
    actions={
        "is_public": lambda before, after: "product.shown" if after else "product.hidden",
        "num_in_stock": always("stock.adjusted"),
        "num_allocated": always("stock.adjusted"),
    },
    parts={
        "partner.StockRecord": lambda stock: [stock.product_id],
        "catalogue.ProductCategory": lambda link: [link.product_id],
    },
)
OFFER = Subject(
    type="special_offer",
    model="offer.ConditionalOffer",
    name=lambda offer: offer.name,
    fields=offer_fields,
    actions={
        "status": lambda before, after: f"special_offer.{'activated' if after == 'Open' else 'deactivated'}",
    },
    parts={"offer.Benefit": lambda benefit: benefit.offers.values_list("pk", flat=True) if benefit.pk else ()},
)
COUPON = Subject(
    type="coupon",
    model="voucher.Voucher",
    name=lambda voucher: voucher.code,
    fields=voucher_fields,
    lists=("offers",),
)
CUSTOMER = Subject(
    type="customer",
    model=settings.AUTH_USER_MODEL,
    name=lambda user: label(user),
    fields=customer_fields,
    actions={
        "is_active": lambda before, after: "customer.unblocked" if after else "customer.blocked",
        "groups": lambda before, after: (
            "customer.added_to_group" if set(after) - set(before or ()) else "customer.removed_from_group"
        ),
    },
    lists=("groups",),
    upsert=customer_upsert,
    category="customers",
)
CUSTOMER_GROUP = Subject(
    type="customer_group",
    model="auth.Group",
    name=lambda group: group.name,
    fields=lambda group: {"name": group.name},
)
WATCHED = (PRODUCT, OFFER, COUPON, CUSTOMER, CUSTOMER_GROUP)

ORDER_ACTIONS = {"Complete": "order.completed", "Cancelled": "order.cancelled"}


def person(user):
    """The actor that a signed-in user is."""
    if not user.is_staff:
        return {"type": "customer", "id": str(user.pk), "name": label(user)[:200], "email": user.email}
    role = "owner" if user.is_superuser else "staff"
    return {"type": "user", "id": str(user.pk), "name": label(user)[:200], "email": user.email, "role": role}


def label(user):
    return user.get_full_name() or user.email or user.get_username()


def number(value):
    """An amount as JSON number, whole ones without a point; a shop's prices are far from where that loses digits."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def when(moment):
    return moment and moment.isoformat().replace("+00:00", "Z")
