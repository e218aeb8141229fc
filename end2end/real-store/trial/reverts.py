"""Bulk changes of the whole shop, edits by hand in between, and reverts: the shop's own database says what came of it."""

import requests

from .processes import wait_for

SALE, TAGGING = "sale-20", "all-summer"
BRIDGE = "/storetrail/operations/"


def take_back(report, shop, storetrail, merchant):
    target = {"kind": "bridge", "address": shop.url + BRIDGE, "secret": shop.secret, "is_default": True}
    storetrail.call("PUT", "/api/v1/targets/oscar", target)
    for nobody in ({}, {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}):
        answer = requests.post(shop.url + BRIDGE, json={"data": {"items": []}}, headers=nobody, timeout=10)
        report.equal("the bridge listens to nobody else", answer.status_code, 401)

    kept, overwritten, undone, retagged, deleted, unseen = merchant.stock_up()
    before = shop.products()
    shop.bulk(SALE, "--lower-prices=20")
    shop.bulk(TAGGING, "--categorise=Summer")
    shop.wait_until_delivered()
    marked_down = shop.products()
    for id in (SALE, TAGGING):
        operation = storetrail.get(f"/api/v1/operations/{id}")
        found = (operation["state"], operation["changed"] + operation["unchanged"])
        report.equal(f"Storetrail saw {id} change each of {len(before)} products", found, ("completed", len(before)))
    is_lower = all(0.79 < marked_down[id].price / before[id].price < 0.81 for id in before)
    report.check("the shop's prices are lower by a fifth", is_lower, marked_down)

    merchant.reprice(kept, "77.77")
    merchant.reprice(overwritten, "66.60")
    merchant.reprice(undone, str(before[undone].price))
    merchant.categorise(retagged, 2, "Outlet")
    merchant.delete(deleted)
    shop.wait_until_delivered()
    # Somebody writes into the database itself: nobody tells.
    shop.write_price(unseen, 11.11)

    path = f"/api/v1/operations/{SALE}/revert"
    run = storetrail.call("POST", path, {})
    counts = {name: run[name] for name in ("changed_since", "already", "missing")}
    report.equal("the dry run counts", counts, {"changed_since": 2, "already": 1, "missing": 1})
    conflicts = {c["item"]["subject"]["id"]: c for c in run["conflicts"]}
    report.equal("the conflicts are the two edits", set(conflicts), {kept, overwritten})
    report.equal("it shows who", conflicts[kept]["item"]["since"]["by"]["name"], "Sara Nasser")
    one = [conflicts[overwritten]["item"]["place"]]
    revert = ended(storetrail, storetrail.call("POST", path, real(run, conflicts="keep", **{"except": one})))
    report.equal("one write was refused by the bridge", (revert["state"], revert["failed"]), ("completed", 1))

    wanted = {id: product.price for id, product in before.items()}
    del wanted[deleted]
    wanted |= {kept: 77.77, unseen: 11.11}
    found = {id: product.price for id, product in shop.products().items()}
    report.equal("every price in the shop's database is as it should be", found, wanted)

    run = storetrail.call("POST", path, {})
    conflicts = {c["item"]["subject"]["id"]: c["item"]["since"]["now"] for c in run["conflicts"]}
    report.equal("what the bridge found otherwise is a conflict now", conflicts, {kept: 77.77, unseen: 11.11})

    path = f"/api/v1/operations/{TAGGING}/revert"
    run = storetrail.call("POST", path, {})
    report.equal("lists are no conflict", run["changed_since"], 0)
    revert = ended(storetrail, storetrail.call("POST", path, real(run)))
    wanted = {id: product.categories for id, product in before.items() if id != deleted}
    wanted[retagged] = sorted([*wanted[retagged], "Outlet"])
    found = {id: product.categories for id, product in shop.products().items()}
    report.equal("every category is as it was, and the later one stays", found, wanted)

    path = f"/api/v1/operations/{revert['id']}/revert"
    run = storetrail.call("POST", path, {})
    ended(storetrail, storetrail.call("POST", path, real(run)))
    found = {id: product.categories for id, product in shop.products().items()}
    wanted = {id: sorted({*names, "Summer"}) for id, names in wanted.items()}
    report.equal("the revert is taken back: everything is Summer again", found, wanted)
    told = [note["action"] for note in shop.notes("trace_id = ''") if note["action"]]
    report.equal("what operations did is told as their items alone", told, [])


def real(run, **more):
    return {"dry_run": False, "as_of": run["as_of"], **more}


def ended(storetrail, revert):
    """The revert, once it has ended."""

    def look():
        found = storetrail.get(f"/api/v1/operations/{revert['id']}")
        return found if found["ended_at"] else None

    return wait_for("the revert to end", look, 60)
