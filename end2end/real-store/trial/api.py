"""Whether Storetrail knows each thing that was done, as it was done, once, and nothing else."""

from collections import Counter


def check_each(report, storetrail, expected):
    """Find every expected activity by action and subject, then read it whole."""
    under_faults = []
    for e in expected:
        found = storetrail.activities(f"action:{e.action} subject:{e.subject}")
        whole = [storetrail.activity(item["id"]) for item in found]
        fitting = [activity for activity in whole if not mismatches(e, activity)]
        is_so = len(fitting) == expected.count(e)
        what = f"{e.action} {e.name or e.subject}, by {e.by.name or e.by.email}: {in_words(e)}"
        if e.under_faults and is_so:
            under_faults.append(e)
        else:
            report.check(what, is_so, lambda: why(e, whole, fitting))
    what = f"{len(under_faults)} changes made while answers got lost, a key was wrong and Storetrail was killed"
    report.check(what, under_faults)


def mismatches(e, activity):
    """What of an activity isn't as expected, in words."""
    changes = {c["field"]: (c.get("before"), c.get("after")) for c in activity.get("changes") or []}
    if e.and_more:
        changes = {name: values for name, values in changes.items() if name in e.changes}
    actor, subject = activity["actor"], activity["subject"]
    related = {reference(other) for other in activity.get("related") or []}
    pairs = [
        ("changes", changes, e.changes),
        ("actor", actor.get("email"), e.by.email),
        ("subject", reference(subject), e.subject),
        ("ip", activity.get("ip"), e.by.ip),
        ("user_agent", activity.get("user_agent"), e.by.user_agent),
        ("outcome", activity.get("outcome"), "success"),
        ("related", related & e.related, e.related),
    ]
    if e.name:
        pairs.append(("subject's name", subject.get("name"), e.name))
    if e.details:
        pairs.append(("details", activity.get("details"), e.details))
    return [f"{what}: expected {wanted!r}, found {found!r}" for what, found, wanted in pairs if found != wanted]


def why(e, whole, fitting):
    if not whole:
        return "there is no such entry"
    if fitting:
        return f"it is there {len(fitting)} times"
    return "; ".join(min((mismatches(e, activity) for activity in whole), key=len))


def in_words(e):
    return ", ".join(f"{name} {was!r} → {now!r}" for name, (was, now) in e.changes.items()) or "no change"


def check_all(report, shop, storetrail):
    """Outbox against log: every note is an entry once, and there is no entry of the shop without a note."""
    notes = shop.notes("trace_id <> ''")
    refused = [(n["action"] or n["path"], n["answer"]) for n in notes if n["refused_at"]]
    report.check(f"none of {len(notes)} notes of the bridge was refused", not refused, refused[:3])
    report.equal("none waits", shop.waiting(), 0)

    sent = Counter(
        (n["trace_id"], n["action"], n["about"], n["body"]["occurred_at"][:19]) for n in notes if n["method"] == "POST"
    )
    traces = {trace for trace, *_ in sent}
    whole = [storetrail.activity(item["id"]) for item in storetrail.activities()]
    ours = [activity for activity in whole if activity.get("trace_id") in traces]
    kept = Counter((a["trace_id"], a["action"], reference(a["subject"]), a["occurred_at"][:19]) for a in ours)
    missing, too_many = sent - kept, kept - sent
    report.check(f"each of {sent.total()} activities is in the log", not missing, list(missing)[:3])
    report.check("none is there twice", not too_many, list(too_many)[:3])
    report.check("each has a history and a proof", all(a.get("history") and a.get("proof") for a in ours))


def check_upserts(report, shop, merchant):
    """What Storetrail was told last of an order and of a customer."""
    order = last_upsert(shop, f"/api/v1/orders/{merchant.orders[0]}")
    customer = merchant.layla.about.split("/")[1]
    wanted = {"customer_id": customer, "status": "Complete", "total": "180.00", "currency": "SAR"}
    report.equal("the first order stands as completed", {name: order.get(name) for name in wanted}, wanted)
    wanted = {"name": "ليلى حسن", "email": merchant.layla.email, "phone": "+966501234567", "groups": ["VIP"]}
    report.equal("its customer stands with phone and group", last_upsert(shop, f"/api/v1/customers/{customer}"), wanted)


def last_upsert(shop, path):
    return [n["body"] for n in shop.notes("method = 'PUT' AND delivered_at IS NOT NULL") if n["path"] == path][-1]


def reference(subject):
    return f"{subject['type']}/{subject['id']}"


def check_queries(report, shop, storetrail, merchant):
    """The same through other questions of the query language."""
    bodies = [n["body"] for n in shop.notes("method = 'POST' AND delivered_at IS NOT NULL")]

    def count(condition):
        return sum(map(condition, bodies))

    def concerns(body, about):
        return about in map(reference, [body["subject"], *body.get("related", [])])

    def restocked_by_omar(body):
        return body["actor"]["name"] == "Omar Said" and body["action"] == "stock.adjusted"

    product, order = f"product/{merchant.products['Linen shirt']}", f"order/{merchant.orders[0]}"
    for q, number in [
        (f"about:{product}", count(lambda b: concerns(b, product))),
        (f"order:{merchant.orders[0]}", count(lambda b: concerns(b, order))),
        ("actor:omar action:stock.*", count(restocked_by_omar)),
        ("ip:203.0.113.8", count(lambda b: b["ip"] == "203.0.113.8")),
        ("ip:2001:db8::/32", count(lambda b: b["ip"].startswith("2001:db8:"))),
        ("role:owner category:special_offers", count(lambda b: b["action"].startswith("special_offer."))),
        ("category:customers action:customer.deleted", 1),
        ('"Unfinished sandals"', 0),
        ('"قميص"', count(lambda b: "قميص" in f"{b['subject']['name']} {b.get('details')}")),
    ]:
        report.equal(f"{q} finds {number}", len(storetrail.activities(q)), number)
