"""Django's signals: each watched thing is looked at before it is saved and after."""

from contextlib import contextmanager

from django.apps import apps
from django.contrib.auth.signals import user_logged_in
from django.db.models import QuerySet
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save

from .middleware import signed_in_user
from .outbox import forget, record, upsert
from .subjects import CUSTOMER, ORDER_ACTIONS, PRODUCT, WATCHED, label, number, order_upsert, person

# model -> [(subject, instance -> ids of the things it is or belongs to)]
concerned = {}


def start():
    from oscar.apps.order.signals import order_placed, order_status_changed

    for subject in WATCHED:
        model = apps.get_model(subject.model)
        concerned.setdefault(model, []).append((subject, lambda thing: [thing.pk]))
        for part, things_of in subject.parts.items():
            concerned.setdefault(apps.get_model(part), []).append((subject, things_of))
        for name in subject.lists:
            m2m_changed.connect(list_changed, sender=getattr(model, name).through)
    for model in concerned:
        pre_save.connect(look_before, sender=model)
        post_save.connect(look_after, sender=model)
        pre_delete.connect(look_before, sender=model)
        post_delete.connect(deleted, sender=model)
    user_logged_in.connect(signed_in)
    order_placed.connect(placed)
    order_status_changed.connect(status_changed)
    watch_bulk_actions()


def look_before(sender, instance, raw=False, **_):
    if not raw:
        instance._storetrail_before = {(subject, key): look(subject, key) for subject, key in things(sender, instance)}


def look_after(sender, instance, raw=False, **_):
    if not raw:
        for subject, key in things(sender, instance):
            changed(subject, key, getattr(instance, "_storetrail_before", {}).get((subject, key)))


def deleted(sender, instance, origin=None, **_):
    before = getattr(instance, "_storetrail_before", {})
    whole = origin.model if isinstance(origin, QuerySet) else type(origin)
    for subject, key in things(sender, instance):
        if sender is not apps.get_model(subject.model):
            # A part that goes with its whole needs no word of its own.
            if whole is not apps.get_model(subject.model):
                changed(subject, key, before.get((subject, key)))
        elif (fields := before.get((subject, key))) and not forget(f"{subject.type}/{key}"):
            action = f"{subject.type}.deleted"
            changes = difference(fields, dict.fromkeys(fields))
            record(action, subject.reference(instance), changes=changes, category=subject.category)


def list_changed(sender, instance, action, reverse, **_):
    if reverse:
        return
    look_at = look_before if action.startswith("pre_") else look_after
    look_at(type(instance), instance)


def signed_in(sender, user, **_):
    if CUSTOMER.fields(user):
        record("customer.signed_in", CUSTOMER.reference(user), actor=person(user))


def placed(sender, order, **_):
    if order.user:
        upsert(*CUSTOMER.upsert(order.user))
    upsert(*order_upsert(order))
    lines = [
        {
            "product": line.title,
            "sku": line.partner_sku,
            "quantity": line.quantity,
            "total": str(line.line_price_incl_tax),
        }
        for line in order.lines.all()
    ]
    after = {"status": order.status, "total": number(order.total_incl_tax), "currency": order.currency}
    record(
        "order.created",
        order_reference(order),
        changes=difference({}, after),
        related=related(order),
        details={"lines": lines},
    )


def status_changed(sender, order, old_status, new_status, **_):
    upsert(*order_upsert(order))
    action = ORDER_ACTIONS.get(new_status, "order.status_changed")
    changes = difference({"status": old_status}, {"status": new_status})
    record(action, order_reference(order), changes=changes, related=related(order))


def order_reference(order):
    return {"type": "order", "id": str(order.number), "name": f"#{order.number}"}


def related(order):
    """What an order is about, so that a product's or a customer's history shows it too. At most 100."""
    found = [{"type": "customer", "id": str(order.user_id), "name": label(order.user)}] if order.user else []
    found += [
        {"type": "product", "id": str(line.product_id), "name": line.title}
        for line in order.lines.all()
        if line.product_id
    ]
    for discount in order.discounts.all():
        if discount.voucher_id:
            found.append({"type": "coupon", "id": str(discount.voucher_id), "name": discount.voucher_code})
        if discount.offer_id:
            found.append({"type": "special_offer", "id": str(discount.offer_id), "name": discount.offer_name})
    return found[:100]


@contextmanager
def watching(subject, keys):
    """For what sends no signals: `QuerySet.update`, `bulk_update`, raw SQL."""
    before = {key: look(subject, key) for key in keys}
    yield
    for key, fields in before.items():
        changed(subject, key, fields)


def watch_bulk_actions():
    """Oscar's bulk actions on products use `QuerySet.update`."""
    from oscar.apps.dashboard.catalogue import bulk_actions

    def watched(execute):
        def wrapper(self, request, objects, form):
            with watching(PRODUCT, list(objects.values_list("pk", flat=True))):
                return execute(self, request, objects, form)

        return wrapper

    for action in (bulk_actions.BaseSetProductsPublicStatusAction, bulk_actions.SetProductPriceAction):
        action.execute = watched(action.execute)


def things(model, instance):
    for subject, keys_of in concerned.get(model._meta.concrete_model, ()):
        for key in keys_of(instance):
            yield subject, key


def look(subject, key):
    """How it stands in the database at this moment; None if it isn't there or isn't to be watched."""
    thing = key and subject.find(key)
    return thing and subject.fields(thing)


def changed(subject, key, before):
    """Note what became of a thing since `before` was looked at, one note for each action."""
    thing = subject.find(key)
    after = thing and subject.fields(thing)
    if not after or after == before:
        return
    by_action = {}
    for change in difference(before or {}, after):
        named = subject.actions.get(change["field"]) if before else None
        action = named(change["before"], change["after"]) if named else None
        action = action or f"{subject.type}.{'updated' if before else 'created'}"
        by_action.setdefault(action, []).append(change)
    if subject.upsert:
        upsert(*subject.upsert(thing))
    # Whoever registers isn't signed in yet: the new customer did it.
    actor = person(thing) if subject is CUSTOMER and not before and not signed_in_user() else None
    for action, changes in by_action.items():
        record(action, subject.reference(thing), changes=changes, actor=actor, fold=True)


def difference(before, after):
    """The fields that differ; going from one kind of nothing to another is no difference."""
    nothing = (None, "", [])
    pairs = {name: (before.get(name), after.get(name)) for name in {**before, **after}}
    return [
        {"field": name, "before": was, "after": now}
        for name, (was, now) in pairs.items()
        if was != now and not (was in nothing and now in nothing)
    ]
