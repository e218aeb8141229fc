"""Somebody with a browser in the shop: opens pages, fills in the forms that are on them, presses buttons."""

import re

import mechanicalsoup

COMPLAINTS = ".alert-danger, .alert-error, .errorlist, .invalid-feedback, .error-block, .errornote"


class ShopSaidNo(Exception):
    """The page that came back complains."""


class Visitor:
    def __init__(self, email, ip, user_agent):
        self.shop_url = None
        self.name = ""
        self.about = None
        self.email = email
        self.ip = ip
        self.user_agent = user_agent
        self._browser = mechanicalsoup.StatefulBrowser(soup_config={"features": "lxml"}, user_agent=user_agent)
        # As the shop's own proxy would say it.
        self._browser.session.headers["X-Forwarded-For"] = ip

    def open(self, path):
        answer = self._browser.open(self.shop_url + path)
        if answer.status_code != 200:
            raise ShopSaidNo(f"GET {path}: {answer.status_code}")
        return self._browser.page

    def submit(self, path, form, values=None, press=None, is_refused=False):
        """Open `path`, fill in the form that the CSS selector `form` finds, press the button named `press`.
        The page that comes back; one that complains is a failure, or with `is_refused` what is wanted."""
        self.open(path)
        return self.submit_here(form, values, press, is_refused)

    def submit_here(self, form, values=None, press=None, is_refused=False):
        """The same on the page that is open."""
        filled = self._browser.select_form(form)
        for name, value in (values or {}).items():
            filled.set(name, value)
        where = self._browser.url
        answer = self._browser.submit_selected(btnName=press)
        if answer.status_code != 200:
            raise ShopSaidNo(f"{where}: {answer.status_code}")
        complaints = [text for c in self._browser.page.select(COMPLAINTS) if (text := c.get_text(" ", strip=True))]
        if bool(complaints) != is_refused:
            raise ShopSaidNo(f"{where}: {complaints or 'took what it should have refused'}")
        return self._browser.page

    def id_in_link(self, path, pattern, text=""):
        """The id in the first link of a page that has the form `pattern` and stands in a row with `text`."""
        for link in self.open(path).find_all("a", href=re.compile(pattern)):
            row = link.find_parent("tr")
            if text in (row or link).get_text():
                return re.search(pattern, link["href"])[1]
        raise ShopSaidNo(f"{path}: no link {pattern} beside {text!r}")

    def sign_in(self, password):
        values = {"login-username": self.email, "login-password": password}
        self.submit("/accounts/login/", "#login_form", values, press="login_submit")

    def register(self, password):
        values = {
            "registration-email": self.email,
            "registration-password1": password,
            "registration-password2": password,
        }
        self.submit("/accounts/login/", "#register_form", values, press="registration_submit")

    def call_oneself(self, first_name, last_name):
        names = {"first_name": first_name, "last_name": last_name}
        self.submit("/accounts/profile/edit/", "#profile_form", names)
        self.name = f"{first_name} {last_name}"
