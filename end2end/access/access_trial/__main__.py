"""Start Storetrail, show it codes, call everything it documents. `run` starts it."""

import os
import re
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

import requests
from trial.processes import wait_for
from trial.report import PartFailed, Report
from trial.storetrail import Storetrail

from .codes import codes
from .endpoints import endpoints


class Trial:
    """A Storetrail with an owner, and a browser's worth of cookies for each sign-in."""

    def __init__(self, folder):
        self.folder = folder
        self.email = "owner@shop.example"
        self.password = secrets.token_urlsafe(18)
        self.mail_secret = secrets.token_urlsafe(12)
        self.storetrail = Storetrail(folder)
        # Nobody takes the mails that are made up.
        self.storetrail._env.update(STORETRAIL_MAIL_HOOK_SECRET=self.mail_secret, STORETRAIL_SMTP_URL="smtp://127.0.0.1:9")

    @property
    def base(self):
        return self.storetrail.base_url

    def set_up(self):
        self.storetrail.start()
        link = wait_for("the owner's link", lambda: re.search(r"http://\S+/setup\?token=(\w+)", self.storetrail.tail()))
        form = {"token": link[1], "store_name": "Linen", "time_zone": "UTC", "name": "Owner", "email": self.email, "password": self.password}
        requests.post(f"{self.base}/setup", data=form, timeout=60, allow_redirects=False)

    def sign_in(self):
        """A browser after the password, and where it was sent."""
        browser = requests.Session()
        form = {"email": self.email, "password": self.password}
        answer = browser.post(f"{self.base}/sign-in", data=form, timeout=60, allow_redirects=False)
        return browser, answer.headers.get("location", "")

    def function(self, browser, name, **fields):
        """What a page asks of the server."""
        return browser.post(f"{self.base}/fn/{name}", data=fields, timeout=60)

    def mail_in(self, raw):
        """A mail comes in by the webhook."""
        kind = {"Content-Type": "message/rfc822"}
        answer = requests.post(f"{self.base}/hooks/mail/main", data=raw.encode(), auth=("hook", self.mail_secret), headers=kind, timeout=60)
        if not answer.ok:
            raise RuntimeError(f"a mail: {answer.status_code} {answer.text[:300]}")


def main():
    report = Report()
    folder = Path(tempfile.mkdtemp(prefix="storetrail-access-"))
    trial = Trial(folder)
    try:
        with report.part("Setting up"):
            trial.set_up()
        for title, part in (("Codes", codes), ("Endpoints", endpoints)):
            try:
                with report.part(title):
                    part(report, trial)
            except PartFailed:
                pass
    except PartFailed:
        pass
    finally:
        if report.failed:
            print(f"\nlast words of Storetrail:\n{trial.storetrail.tail()}")
        trial.storetrail.stop()
        if os.environ.get("KEEP"):
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{report.passed} checks passed, {report.failed} failed")
    sys.exit(bool(report.failed))


main()
