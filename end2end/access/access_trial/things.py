"""What the API's paths can name: something of each kind, so that calls don't all end in 404."""

import base64
import hashlib
import hmac
import json
import time
import uuid

import requests
from trial.processes import wait_for

MAIL = "From: Noura <noura@mail.example>\r\nTo: shop@linen.example\r\nSubject: Where is it?\r\nMessage-ID: <{id}@mail.example>\r\n\r\nMy order 1042?\r\n"


class Things:
    """Makes them with a key that may do everything, and remembers their ids by kind."""

    def __init__(self, trial, key):
        self.trial = trial
        self.api = requests.Session()
        self.api.headers["Authorization"] = f"Bearer {key}"

    def call(self, method, path, body=None, **more):
        answer = self.api.request(method, f"{self.trial.base}/api/v1{path}", json=body, timeout=60, **more)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def make(self):
        """The ids of each kind."""
        found = {
            "activities": self.activities("success", 5),
            "pending": self.activities("pending", 20),
            "orders": self.orders(),
            "customers": ["c_77", "c_78"],
            "messages": self.messages(),
            "templates": self.templates(),
            "rules": self.rules(),
            "targets": self.targets(),
            "operations": self.operations(),
            "exports": self.exports(),
        }
        found["webhooks"] = self.webhooks()
        found["actions"] = self.actions()
        for log in ("security", "requests"):
            found[log] = [item["id"] for item in self.call("GET", f"/{log}?limit=20")["items"]]
        return found

    def activities(self, outcome, count):
        batch = [
            {
                "action": "product.updated",
                "outcome": outcome,
                "actor": {"type": "user", "id": "u_17", "name": "Sara Nasser", "email": "sara@store.example", "role": "manager"},
                "subject": {"type": "product", "id": f"p_{n}", "name": "Linen shirt"},
                "changes": [{"field": "price", "before": n, "after": n + 1}],
                "related": [{"type": "order", "id": "1042"}],
                "ip": "203.0.113.7",
                "details": {"any": ["json", n]},
            }
            for n in range(count)
        ]
        return [item["id"] for item in self.call("POST", "/activities", batch)["items"]]

    def orders(self):
        for customer in ("c_77", "c_78"):
            self.call("PUT", f"/customers/{customer}", {"name": "Noura", "email": "noura@mail.example", "groups": ["vip"]})
        for number in ("1042", "1043"):
            self.call("PUT", f"/orders/{number}", {"customer_id": "c_77", "status": "shipped", "total": "129.00", "currency": "SAR"})
        return ["1042", "1043"]

    def messages(self):
        file = {"name": "logo.png", "content_type": "image/png", "content": base64.b64encode(b"\x89PNG").decode()}
        mail = {"channel": "email", "to": "noura@mail.example", "subject": "Order 1042", "text": "Tomorrow.", "order": "1042"}
        waiting = [self.call("POST", "/messages", {**mail, "hold_seconds": 300, "attachments": [file]})["id"] for _ in range(12)]
        for id in waiting[:6]:
            self.call("POST", f"/messages/{id}/stop")
        inbound = {"channel": "sms", "record_only": True, "direction": "inbound", "from": "+966551234567", "to": "+14155550100", "text": "hi"}
        failed = {**mail, "record_only": True, "status": "failed", "provider": "my_gateway"}
        told = [self.call("POST", "/messages", message)["id"] for message in (inbound, failed)]
        self.trial.mail_in(MAIL.format(id=uuid.uuid4()))
        came = self.call("GET", "/messages?q=direction:inbound channel:email")["items"]
        return [*waiting, *told, *(item["id"] for item in came)]

    def templates(self):
        ids = [str(uuid.uuid4()) for _ in range(3)]
        for n, id in enumerate(ids):
            self.call("PUT", f"/templates/{id}", {"name": f"Template {n}", "body": "Order {{order}} is {{status}}."})
        return ids

    def rules(self):
        ids = [str(uuid.uuid4()) for _ in range(4)]
        for n, id in enumerate(ids):
            rule = {
                "name": f"Rule {n}",
                "trigger": {"when": "event", "query": "action:order.refunded"},
                "actions": [{"action": "alarm", "text": "Look"}],
            }
            self.call("PUT", f"/rules/{id}", rule)
        return ids

    def actions(self):
        """Nobody gets this store's alarms, so what the rules do is out of tries at once."""
        for _ in range(4):
            self.call("POST", "/activities", {"action": "order.refunded", "subject": {"type": "order", "id": "1042"}})
        dead = lambda: [item["id"] for item in self.call("GET", "/rule-actions")["items"] if item["state"] == "dead"]
        return wait_for("actions that are out of tries", lambda: (ids := dead()) and len(ids) >= 8 and ids)

    def targets(self):
        names = ["shop", "second"]
        for name in names:
            secret = "shpat_0123456789abcdef"
            self.call("PUT", f"/targets/{name}", {"kind": "shopify", "address": f"https://{name}.myshopify.com", "secret": secret})
        return names

    def operations(self):
        ids = []
        for n in range(12):
            id = self.call("POST", "/operations", {"id": f"sale-{n}", "name": "Winter sale", "total": 10, "controls": ["pause", "cancel"]})["id"]
            items = [{"subject": {"type": "product", "id": f"p_{n}_{m}"}, "field": "price", "before": m, "after": m + 1} for m in range(3)]
            items.append({"subject": {"type": "product", "id": f"p_{n}_x"}, "field": "price", "outcome": "failed", "error": "the shop said 422"})
            self.call("POST", f"/operations/{id}/items", items)
            if n < 4:
                self.call("POST", f"/operations/{id}/complete", {"total": 4})
            ids.append(id)
        return ids

    def exports(self):
        wanted = [{"source": "activity", "format": "csv"}, {"source": "orders", "format": "json_lines"}, {"source": "messages", "format": "pdf"}]
        ids = [self.call("POST", "/exports", one)["id"] for one in wanted]
        ended = lambda id: self.call("GET", f"/exports/{id}")["status"] == "completed"
        for id in ids:
            wait_for(f"the export {id}", lambda id=id: ended(id))
        told = self.call("POST", "/exports", {"record_only": True, "name": "Sales", "category": "sales_report"})
        return [*ids, told["id"]]

    def webhooks(self):
        """Deliveries that are done, and some that can't be read and wait for a person."""
        secret = self.call("PUT", "/connections/standard/own", {})["secret"]
        good = {"type": "product.updated", "timestamp": "2026-11-20T09:14:03Z", "data": {"subject": {"type": "product", "id": "p_1"}}}
        for n in range(8):
            self.deliver(secret, json.dumps(good) if n < 3 else "[]")
        listed = lambda: self.call("GET", "/webhooks")["items"]
        over = lambda: (items := listed()) and all(item["state"] in ("done", "dead") for item in items) and items
        return [item["id"] for item in wait_for("deliveries that ended", over)]

    def deliver(self, secret, body):
        """As Standard Webhooks signs."""
        id, at = f"msg_{uuid.uuid4()}", str(int(time.time()))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = hmac.new(key, f"{id}.{at}.{body}".encode(), hashlib.sha256).digest()
        headers = {"webhook-id": id, "webhook-timestamp": at, "webhook-signature": f"v1,{base64.b64encode(signed).decode()}"}
        answer = requests.post(f"{self.trial.base}/hooks/standard/own", data=body, headers={**headers, "Content-Type": "application/json"}, timeout=60)
        if not answer.ok:
            raise RuntimeError(f"a delivery: {answer.status_code} {answer.text[:300]}")
