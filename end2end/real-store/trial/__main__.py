"""Set up the shop beside Storetrail, do everything, check everything. `run` starts it."""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from . import api, faults, page, reverts
from .merchant import Merchant
from .report import PartFailed, Report
from .shop import Shop
from .storetrail import Storetrail
from .wire import Wire

OWNER = "owner@shop.example"


def main():
    begun = time.monotonic()
    report = Report()
    folder = Path(tempfile.mkdtemp(prefix="storetrail-real-store-"))
    wire = Wire()
    storetrail = Storetrail(folder)
    shop = None
    try:
        with report.part("Setting up"):
            wire.far_end = storetrail.start()
            password = storetrail.add_user(OWNER)
            key = storetrail.add_key("bridge")
            storetrail.use_key(key)
            shop = Shop(folder, wire.base_url, key)
            merchant = Merchant()
            shop.set_up(merchant.owners)
            shop_url = shop.open()
            shop.start_delivery()
        with report.part("A merchant's days"):
            merchant.open_shop(shop_url)
            report.equal("setting up the shop told Storetrail nothing", len(shop.notes()), 0)
            for days_work in (
                merchant.add_products,
                merchant.edit_products,
                merchant.run_offers,
                merchant.run_vouchers,
                merchant.meet_customers,
                merchant.take_orders,
            ):
                days_work()
                report.check(f"in the shop: {days_work.__name__.replace('_', ' ')}", True)
            shop.wait_until_delivered()
        with report.part("Answers get lost"):
            faults.lose_answers(report, shop, wire, merchant)
        with report.part("Notes are refused"):
            faults.refuse(report, shop, merchant)
        with report.part("Storetrail is killed"):
            faults.kill_storetrail(report, shop, wire, storetrail, merchant)
            storetrail.command("verify")
            report.check("the ledger verifies", True)
        with report.part("What Storetrail knows"):
            api.check_each(report, storetrail, merchant.expected)
            api.check_all(report, shop, storetrail)
            api.check_upserts(report, shop, merchant)
            api.check_queries(report, shop, storetrail, merchant)
        with report.part("What a person sees"):
            page.check_page(report, storetrail, password, OWNER, merchant, folder)
        with report.part("Bulk changes are taken back"):
            reverts.take_back(report, shop, storetrail, merchant)
            storetrail.command("verify")
            report.check("the ledger verifies still", True)
    except PartFailed:
        print(f"\nlast words of the shop:\n{shop.tail() if shop else ''}\nof Storetrail:\n{storetrail.tail()}")
    finally:
        if shop:
            shop.stop()
        storetrail.stop()
        wire.close()
    keep = report.failed or os.environ.get("KEEP")
    if keep:
        print(f"\ndatabases, logs and pictures are kept in {folder}")
    else:
        shutil.rmtree(folder)
    seconds, total = time.monotonic() - begun, report.passed + report.failed
    # The form that `cargo xtask test` counts.
    print(f"\nSummary [{seconds:.1f}s] {total} tests run: {report.passed} passed, {report.failed} failed")
    print(f"real-store: {report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
