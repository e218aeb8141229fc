"""What a person sees: the page of the log in Chromium, signed in as the shop's owner."""

import os
import shutil
from contextlib import contextmanager
from urllib.parse import urlencode

from playwright.sync_api import expect, sync_playwright


def check_page(report, storetrail, password, email, merchant, pictures):
    shirt = merchant.products["Linen shirt"]
    about = f"subject:product/{shirt}"
    with browser() as page:
        page.goto(storetrail.base_url + "/sign-in")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        report.check("the owner signs in", True)
        with pictured(page, pictures):
            for what, q, name, label in [
                ("an edited product", f"{about} action:product.updated", "Linen shirt, slim", "Product updated"),
                ("a hidden product", f"{about} action:product.hidden", "Linen shirt, slim", "Product hidden"),
                ("an Arabic product", "action:product.created", "قميص قطن", "Product created"),
                ("an order", f"order:{merchant.orders[0]} action:order.created", merchant.orders[0], "Order created"),
                ("a voucher", "action:coupon.updated", "SUMMER10", "Coupon updated"),
                ("a blocked customer", "action:customer.blocked", "Khalid Amin", "Customer blocked"),
            ]:
                open_log(page, storetrail, q)
                row = page.get_by_role("row").filter(has_text=name).filter(has_text=label).first
                report.check(f"{what} is on the page: {label}, {name}", is_seen(row), f"not among the rows of {q}")

            # The oldest is the one that changed title and price at once; the price was changed again later.
            open_log(page, storetrail, f"{about} action:product.updated")
            page.get_by_role("row").filter(has_text="Product updated").last.get_by_role("link").first.click()
            drawer = page.get_by_role("complementary").filter(has_text="Linen shirt, slim").first
            for what, text in [
                ("the old price", "129.9"),
                ("the new price", "95.5"),
                ("the new category", "Summer"),
                ("who did it", "Sara Nasser"),
                ("from which address", "203.0.113.7"),
            ]:
                shown = drawer.get_by_text(text).first
                report.check(f"opened, it shows {what}: {text}", is_seen(shown), "it is not in the drawer")


def open_log(page, storetrail, q):
    page.goto(f"{storetrail.base_url}/activity?{urlencode({'q': q})}")


def is_seen(locator):
    try:
        expect(locator).to_be_visible(timeout=10_000)
    except AssertionError:
        return False
    return True


@contextmanager
def pictured(page, pictures):
    """Keep a picture of how it ended, for whoever looks into a failure."""
    try:
        yield
    finally:
        page.screenshot(path=pictures / "page.png")


@contextmanager
def browser():
    chromium = os.environ.get("STORETRAIL_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        raise RuntimeError("no chromium on the path; set STORETRAIL_CHROMIUM to a Chromium or Chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
        page = context.new_page()
        page.set_default_timeout(20_000)
        yield page
        browser.close()
