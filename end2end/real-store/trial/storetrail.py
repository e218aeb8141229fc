"""Storetrail: the program, its command line and its API, as api.md describes them."""

import os
import secrets
import subprocess

import requests

from .processes import Program, environment


# The shop's bridge is on this machine.
NETWORKS = {"STORETRAIL_WEBHOOK_NETWORKS": "127.0.0.0/8"}


class Storetrail:
    def __init__(self, folder):
        self.folder = folder
        self._binary = os.environ["STORETRAIL_BIN"]
        self._env = environment(STORETRAIL_LISTEN="127.0.0.1:0", STORETRAIL_DATA_DIR=str(folder / "storetrail-data"), **NETWORKS)
        self._program = None
        self._api = requests.Session()
        self._read = {}

    def start(self):
        """Start on a free port; the address."""
        log = self.folder / "storetrail.log"
        self._program = Program([self._binary, "serve"], log, self._env, self.folder)
        return self._program.wait_until_listening()

    def kill(self):
        self._program.kill()

    def stop(self):
        if self._program:
            self._program.stop()

    def tail(self):
        return self._program.tail() if self._program else ""

    @property
    def base_url(self):
        return self._program.base_url

    def command(self, *arguments, given=None):
        """Run the command line beside the server; what it prints."""
        done = subprocess.run(
            [self._binary, *arguments],
            input=given,
            env=self._env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode:
            raise RuntimeError(f"storetrail {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def add_key(self, name, role="admin"):
        printed = self.command("key", "add", "--name", name, "--role", role)
        return next(word for word in printed.split() if word.startswith("st_"))

    def add_user(self, email, role="super_admin"):
        """A person who may sign in; their password."""
        password = secrets.token_urlsafe(18)
        self.command("user", "add", "--email", email, "--role", role, "--password-stdin", given=password + "\n")
        return password

    def use_key(self, key):
        self._api.headers["Authorization"] = f"Bearer {key}"

    def get(self, path, **query):
        answer = self._api.get(self.base_url + path, params=query, timeout=30)
        if not answer.ok:
            raise RuntimeError(f"GET {path} {query}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def call(self, method, path, body):
        """A call that changes something; what it answers."""
        answer = self._api.request(method, self.base_url + path, json=body, timeout=60)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def activities(self, q=None, limit=100):
        """Every activity that `q` finds, newest first, page by page."""
        found, after = [], None
        while True:
            query = {"q": q, "limit": limit, "after": after}
            page = self.get("/api/v1/activities", **{name: value for name, value in query.items() if value})
            found += items_of(page)
            after = page.get("next")
            if not after:
                return found

    def activity(self, id):
        """One activity, whole; asked for once."""
        if id not in self._read:
            self._read[id] = self.get(f"/api/v1/activities/{id}")
        return self._read[id]


def items_of(page):
    """The list in an answer that has one list."""
    lists = [value for value in page.values() if isinstance(value, list)]
    if len(lists) != 1:
        raise RuntimeError(f"expected one list in the answer, found the fields {sorted(page)}")
    return lists[0]
