"""What a person sees: the page of the log in Chromium, signed in as the shop's owner."""

import os
import re
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
            # One of each kind; that none of the others is missing is known from the API.
            for e in first_of_each(merchant.expected):
                q = f"action:{e.action} subject:{e.subject}"
                name = e.name or next((known["subject"]["name"] for known in storetrail.activities(q)), e.subject)
                open_log(page, storetrail, q)
                row = page.get_by_role("row").filter(has_text=name).filter(has_text=label(e.action)).first
                report.check(f"{label(e.action)}, {name}, is on the page", is_seen(row), f"not among the rows of {q}")
            open_log(page, storetrail, "action:product.created قميص")
            row = page.get_by_role("row").filter(has_text="قميص قطن").first
            report.check("an Arabic word finds its product on the page", is_seen(row), "not among the rows")

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


def first_of_each(expected):
    """Of everything that was done the first of each action."""
    return {e.action: e for e in reversed(expected)}.values()


def label(action):
    """As the page calls an action."""
    return re.sub(r"[._]", " ", action).capitalize()


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
