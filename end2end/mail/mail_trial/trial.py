"""A Storetrail with a mail server behind it, and what one asks of it."""

import re
import secrets

import requests
from trial.processes import wait_for
from trial.storetrail import Storetrail

FINAL = ("sent", "failed", "stopped", "not_sent")


class Trial:
    wait_for = staticmethod(wait_for)

    def __init__(self, folder, server, **settings):
        self.server = server
        self.secret = secrets.token_urlsafe(12)
        self.storetrail = Storetrail(folder)
        self.storetrail._env.update(STORETRAIL_MAIL_HOOK_SECRET=self.secret, STORETRAIL_SEND_PER_SECOND="10000", **settings)
        self._api = requests.Session()

    def start(self):
        self.storetrail.start()

    def set_up(self):
        self.start()
        link = wait_for("the owner's link", lambda: re.search(r"http://\S+/setup\?token=(\w+)", self.storetrail.tail()))
        form = {"token": link[1], "store_name": "Linen", "time_zone": "UTC", "name": "Owner", "email": "owner@shop.example", "password": secrets.token_urlsafe(18)}
        requests.post(f"{self.storetrail.base_url}/setup", data=form, timeout=30, allow_redirects=False)
        self._api.headers["Authorization"] = f"Bearer {self.storetrail.add_key('trial', 'super_admin')}"

    @property
    def pid(self):
        return self.storetrail._program._process.pid

    def post(self, path, **arguments):
        return self._api.post(self.storetrail.base_url + path, timeout=60, **arguments)

    def send(self, message):
        answer = self.post("/api/v1/messages", json=message)
        if answer.status_code != 201:
            raise RuntimeError(f"POST /messages: {answer.status_code} {answer.text[:500]}")
        return answer.json()["id"]

    def ask(self, path, **query):
        answer = self._api.get(self.storetrail.base_url + path, params=query, timeout=60)
        if not answer.ok:
            raise RuntimeError(f"GET {path}: {answer.status_code} {answer.text[:300]}")
        return answer

    def get(self, path, **query):
        return self.ask(path, **query).json()

    def bytes(self, path):
        return self.ask(path).content

    def frame(self, id):
        return self.ask(f"/messages/{id}/html")

    def plain(self, method, url, **arguments):
        """A call without a key."""
        return requests.request(method, url, timeout=30, **arguments)

    def hook(self, connector, body, kind="message/rfc822"):
        url = f"{self.storetrail.base_url}/hooks/{connector}/main"
        answer = requests.post(url, data=body, auth=("hook", self.secret), headers={"Content-Type": kind}, timeout=60)
        if not answer.ok:
            raise RuntimeError(f"{url}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def wait_for_status(self, id, status, seconds=20):
        """The message, once it is as it should be, or has ended otherwise."""

        def ended():
            detail = self.get(f"/api/v1/messages/{id}")
            return detail if detail["delivery"]["status"] in {status, *FINAL} else None

        return wait_for(f"{id} is {status}", ended, seconds)
