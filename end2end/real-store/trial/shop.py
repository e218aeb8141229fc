"""The shop: its database, its server, the process that delivers its notes, and what its outbox holds."""

import base64
import json
import secrets
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .merchant import PASSWORD
from .processes import Program, environment, wait_for

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Product:
    """A product as the shop's own tables have it."""

    price: float
    categories: list


class Shop:
    def __init__(self, folder, storetrail_url, key):
        self.folder = folder
        (folder / "media").mkdir()
        self._key = key
        self.secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self.url = None
        self._env = environment(
            SHOP_DATA_DIR=str(folder), STORETRAIL_URL=storetrail_url, STORETRAIL_LONGEST_PAUSE_SECONDS="1", STORETRAIL_SECRET=self.secret
        )
        self._server = None
        self._deliverer = None

    def set_up(self, owners):
        """Oscar's tables, one country, and the people who run the shop."""
        self._manage("migrate", "--verbosity=0")
        self._manage("loaddata", "--verbosity=0", str(ROOT / "shop" / "countries.json"))
        for owner in owners:
            names = {"DJANGO_SUPERUSER_USERNAME": owner.email, "DJANGO_SUPERUSER_EMAIL": owner.email}
            self._manage("createsuperuser", "--noinput", "--verbosity=0", DJANGO_SUPERUSER_PASSWORD=PASSWORD, **names)

    def open(self):
        """Serve on a free port; the address."""
        command = [sys.executable, "-m", "shop.serve"]
        self._server = Program(command, self.folder / "shop.log", self._env, ROOT)
        self.url = self._server.wait_until_listening()
        return self.url

    def start_delivery(self, key=None):
        command = [sys.executable, "manage.py", "storetrail_deliver"]
        env = {**self._env, "STORETRAIL_KEY": key or self._key}
        self._deliverer = Program(command, self.folder / "deliver.log", env, ROOT)

    def kill_delivery(self):
        self._deliverer.kill()

    def stop(self):
        for program in (self._deliverer, self._server):
            if program:
                program.stop()

    def tail(self):
        return "\n".join(program.tail() for program in (self._server, self._deliverer) if program)

    def notes(self, where="1"):
        """Rows of the outbox, oldest first."""
        with self._database() as database:
            rows = database.execute(f"SELECT * FROM storetrail_bridge_note WHERE {where} ORDER BY id").fetchall()
        return [{**row, "body": json.loads(row["body"])} for row in map(dict, rows)]

    def slip_in_note(self, body):
        """A note as a mistake in the bridge would write it."""
        columns = "key, method, path, body, action, about, trace_id, created_at, tries, answer"
        values = (uuid.uuid4().hex, "POST", "/api/v1/activities", json.dumps(body), "", "", "", "2026-01-01", 0, "")
        with self._database() as database, database:
            database.execute(f"INSERT INTO storetrail_bridge_note ({columns}) VALUES (?,?,?,?,?,?,?,?,?,?)", values)

    def bulk(self, id, *arguments):
        """Change every product at once."""
        self._manage("storetrail_bulk", id, *arguments)

    def products(self):
        """Price and categories of each product, by its id."""
        with self._database() as database:
            prices = database.execute("SELECT product_id, price FROM partner_stockrecord ORDER BY id DESC").fetchall()
            named = database.execute(
                "SELECT pc.product_id, c.name FROM catalogue_productcategory pc "
                "JOIN catalogue_category c ON c.id = pc.category_id ORDER BY c.name"
            ).fetchall()
        products = {str(id): Product(float(price), []) for id, price in prices}
        for id, name in named:
            products[str(id)].categories.append(name)
        return products

    def write_price(self, product, price):
        """Past the shop's program, straight into its table."""
        with self._database() as database, database:
            database.execute("UPDATE partner_stockrecord SET price = ? WHERE product_id = ?", (price, product))

    def waiting(self):
        return len(self._waiting_notes())

    def waiting_tries(self):
        """How often the notes that wait have been tried."""
        return sum(note["tries"] for note in self._waiting_notes())

    def _waiting_notes(self):
        return self.notes("delivered_at IS NULL AND refused_at IS NULL")

    def wait_until_delivered(self, seconds=60):
        wait_for("the notes of the shop to be delivered", lambda: self.waiting() == 0, seconds)

    @contextmanager
    def _database(self):
        with closing(sqlite3.connect(self.folder / "shop.db", timeout=30)) as database:
            database.row_factory = sqlite3.Row
            yield database

    def _manage(self, *arguments, **more):
        env = {**self._env, **more}
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]}: {done.stdout}{done.stderr}")
