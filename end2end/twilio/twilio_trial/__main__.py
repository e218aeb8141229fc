"""Start the double and Storetrail, send, call back, check. `run` starts it."""

import hashlib
import os
import re
import secrets
import shutil
import sys
import tempfile
import urllib.parse
from pathlib import Path

import requests
from trial.processes import wait_for
from trial.report import PartFailed, Report
from trial.storetrail import Storetrail
from twilio.request_validator import RequestValidator

from .double import SID, TOKEN, Double

NUMBER, OTHER = "+966551234567", "+966501234567"


class Trial:
    def __init__(self, folder):
        self.double = Double()
        self.storetrail = Storetrail(folder)
        self.storetrail._env.update(
            STORETRAIL_TWILIO_BASE_URL=self.double.url,
            STORETRAIL_TWILIO_ACCOUNT_SID=SID,
            STORETRAIL_TWILIO_AUTH_TOKEN=TOKEN,
            STORETRAIL_TWILIO_SMS_FROM="+14155550100",
            STORETRAIL_TWILIO_WHATSAPP_FROM="+14155550101",
            STORETRAIL_MAIL_RETRY="1s until 120s",
        )
        self.api = requests.Session()

    def set_up(self):
        self.storetrail.start()
        link = wait_for("the owner's link", lambda: re.search(r"http://\S+/setup\?token=(\w+)", self.storetrail.tail()))
        form = {"token": link[1], "store_name": "Linen", "time_zone": "UTC", "name": "Owner", "email": "owner@shop.example", "password": secrets.token_urlsafe(18)}
        requests.post(f"{self.base}/setup", data=form, timeout=30, allow_redirects=False)
        self.api.headers["Authorization"] = f"Bearer {self.storetrail.add_key('trial', 'super_admin')}"

    @property
    def base(self):
        return self.storetrail.base_url

    def send(self, **message):
        answer = self.api.post(f"{self.base}/api/v1/messages", json=message, timeout=30)
        if answer.status_code != 201:
            raise RuntimeError(f"{answer.status_code} {answer.text}")
        return answer.json()["id"]

    def get(self, path, **query):
        answer = self.api.get(self.base + path, params=query, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def detail(self, id):
        return self.get(f"/api/v1/messages/{id}")

    def wait_for(self, id, holds, seconds=20):
        def ask():
            detail = self.detail(id)
            return detail if holds(detail) else None

        return wait_for(f"{id}: {self.detail(id)['delivery']['verdict']}", ask, seconds)

    def call_back(self, url, params, token=TOKEN, signed_url=None):
        """A form that Twilio's own package signs."""
        signature = RequestValidator(token).compute_signature(signed_url or url, params)
        return requests.post(url, data=params, headers={"X-Twilio-Signature": signature}, timeout=30)

    def call_back_with_json(self, url, body, token=TOKEN):
        url = f"{url}{'&' if '?' in url else '?'}bodySHA256={hashlib.sha256(body).hexdigest()}"
        signature = RequestValidator(token).compute_signature(url, {})
        return requests.post(url, data=body, headers={"X-Twilio-Signature": signature, "Content-Type": "application/json"}, timeout=30)


def sending(report, trial):
    text = "طلبك 1042 في الطريق \U0001f4e6"
    sms = trial.send(channel="sms", to=NUMBER, text=text, order="1042")
    trial.wait_for(sms, lambda d: trial.double.to(NUMBER))
    [call] = trial.double.to(NUMBER)
    report.equal("text", call["Body"], text)
    report.equal("from", call["From"], "+14155550100")
    callback = call["StatusCallback"]
    report.check("the callback names the attempt", "attempt=" in callback, callback)
    detail = trial.wait_for(sms, lambda d: d["delivery"]["attempts"][0]["provider_id"] == call["sid"])
    report.equal("the API shows whom it came from", detail["message"]["from"]["address"], call["From"])
    report.equal("from: finds it", [item["id"] for item in trial.get("/api/v1/messages", q=f"from:{call['From']}")["items"]], [sms])
    report.equal("queued there is pending here", detail["delivery"]["status"], "pending")
    report.equal("the attempt is the one of the callback", detail["delivery"]["attempts"][0]["id"], urllib.parse.parse_qs(urllib.parse.urlparse(callback).query)["attempt"][0])
    report.equal("SMS is never unread", detail["delivery"]["read"], "not_available")

    def told(status, **more):
        params = {"MessageSid": call["sid"], "MessageStatus": status, "To": NUMBER, "From": "+14155550100", "SomethingNew": "x", **more}
        return trial.call_back(callback, params)

    report.equal("a signed callback", told("delivered").json()["outcome"], "recorded")
    report.equal("twice it counts once", told("delivered").json()["outcome"], "repeated")
    told("sent")
    told("undelivered", ErrorCode="30003")
    report.equal("late and wrong ones change nothing", trial.detail(sms)["delivery"]["status"], "sent")

    params = {"MessageSid": call["sid"], "MessageStatus": "read"}
    report.equal("a forged one is refused", trial.call_back(callback, params, token="another").status_code, 403)
    report.equal("an unsigned one is refused", requests.post(callback, data=params, timeout=30).status_code, 403)
    moved = callback.replace("attempt=", "attempt=0")
    report.equal("one for another address is refused", trial.call_back(moved, params, signed_url=callback).status_code, 403)
    port = urllib.parse.urlparse(callback).port
    report.check("the address has a port", port, callback)
    answer = trial.call_back_with_json(callback, b'{"MessageSid": "%s", "MessageStatus": "sending"}' % call["sid"].encode())
    report.equal("JSON, by its digest", answer.json()["outcome"], "recorded")
    stale = requests.post(f"{callback}&bodySHA256={'0' * 64}", data=b"{}", headers={"X-Twilio-Signature": "x", "Content-Type": "application/json"}, timeout=30)
    report.equal("JSON with another digest is refused", stale.status_code, 403)
    unknown = trial.call_back(f"{trial.base}/hooks/twilio/main", {"MessageSid": "SM" + "9" * 32, "MessageStatus": "delivered"})
    report.equal("of an unknown message it is kept", unknown.json()["outcome"], "unmatched")

    whatsapp = trial.send(channel="whatsapp", to=OTHER, text="hello", attachments=[{"name": "a.txt", "content_type": "text/plain", "content": "aGk="}])
    trial.wait_for(whatsapp, lambda d: trial.double.to(f"whatsapp:{OTHER}"))
    [call] = trial.double.to(f"whatsapp:{OTHER}")
    report.equal("WhatsApp's prefix", call["From"], "whatsapp:+14155550101")
    report.equal("its file can be fetched there", requests.get(call["MediaUrl"], timeout=30).content, b"hi")
    trial.wait_for(whatsapp, lambda d: d["delivery"]["attempts"][0]["provider_id"])
    trial.call_back(call["StatusCallback"], {"MessageSid": call["sid"], "MessageStatus": "read", "To": f"whatsapp:{OTHER}"})
    report.equal("WhatsApp tells of reading", trial.detail(whatsapp)["delivery"]["read"], "read")

    invalid = trial.send(channel="sms", to=NUMBER, text="invalid")
    detail = trial.wait_for(invalid, lambda d: d["delivery"]["status"] == "failed")
    report.equal("a refusal is final, with Twilio's code", detail["delivery"]["attempts"][0]["code"], "21211")
    lost = trial.send(channel="sms", to=NUMBER, text="lost")
    detail = trial.wait_for(lost, lambda d: d["delivery"]["verdict"]["verdict"] == "answer_unknown")
    sent = [call for call in trial.double.to(NUMBER) if call["Body"] == "lost"]
    report.equal("a lost answer is not repeated", len(sent), 1)
    trial.call_back(sent[0]["StatusCallback"], {"MessageSid": sent[0]["sid"], "MessageStatus": "delivered"})
    report.equal("the callback tells what became of it", trial.detail(lost)["delivery"]["status"], "sent")
    busy = trial.send(channel="sms", to=NUMBER, text="busy")
    detail = trial.wait_for(busy, lambda d: d["delivery"]["attempts"][0]["retry_at"] or len(d["delivery"]["attempts"]) > 1)
    report.check("429 is put off", detail["delivery"]["status"] == "pending", detail["delivery"])


def coming_in(report, trial):
    url = f"{trial.base}/hooks/twilio/main"
    trial.api.put(f"{trial.base}/api/v1/customers/c_77", json={"name": "نورة", "phone": "+966 50 123 4567"}, timeout=30)
    trial.api.put(f"{trial.base}/api/v1/orders/1042", json={"customer_id": "c_77"}, timeout=30)
    text = {
        "MessageSid": "SM" + "a" * 32, "SmsStatus": "received", "From": f"whatsapp:{OTHER}", "To": "whatsapp:+14155550101",
        "Body": "أين طلبي؟ \U0001f9f5", "NumMedia": "1", "MediaUrl0": f"{trial.double.url}/media/1", "MediaContentType0": "image/jpeg", "ProfileName": "نورة",
    }
    for _ in range(2):
        answer = trial.call_back(url, text)
        report.equal("TwiML that says nothing", (answer.status_code, "<Response/>" in answer.text), (200, True))
    items = trial.get("/api/v1/messages", q="direction:inbound")["items"]
    report.equal("kept once", len(items), 1)
    report.equal("with the order of whoever has that number", items[0]["order"], "1042")
    shown = trial.detail(items[0]["id"])
    report.equal("its text", shown["message"]["text"], text["Body"])
    file = trial.api.get(f"{trial.base}/api/v1/messages/{items[0]['id']}/attachments/0", timeout=30)
    report.equal("its picture", file.content, b"\xff\xd8picture")
    internal = {**text, "MessageSid": "SM" + "b" * 32, "MediaUrl0": f"{trial.base}/healthz"}
    trial.call_back(url, internal)
    newest = trial.detail(trial.get("/api/v1/messages", q="direction:inbound")["items"][0]["id"])
    report.equal("an address elsewhere is never fetched", newest["message"].get("attachments", []), [])

    for word, status in (("STOP", "not_sent"), ("start", "pending")):
        trial.call_back(url, {"MessageSid": "SM" + secrets.token_hex(16), "From": NUMBER, "To": "+14155550100", "Body": f" {word} "})
        id = trial.send(channel="sms", type="campaign", to=NUMBER, text="Sale", hold_seconds=600)
        report.equal(f"after {word}", trial.detail(id)["delivery"]["status"], status)


def main():
    report = Report()
    folder = Path(tempfile.mkdtemp(prefix="storetrail-twilio-"))
    trial = Trial(folder)
    try:
        with report.part("Setting up"):
            trial.set_up()
        for title, part in (("Sending", sending), ("Coming in", coming_in)):
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
