"""What is sent is received, byte for byte where bytes count, and the API says the same."""

import base64
import email
import email.policy
import hashlib

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==")
PDF = bytes(range(256)) * 500
TEXT = "مرحباً نورة,\n\nطلبك 1042 في الطريق \U0001f4e6\n.\n.. dots and a very long line: " + "x" * 3000 + "\nEnd"
HTML = '<p dir="rtl">طلبك <b>1042</b> في الطريق <img src="cid:logo"> <a href="https://linen.example/o/1042?a=1&amp;b=2">track</a></p>'


def order_mail():
    return {
        "channel": "email",
        "type": "order_notification",
        "from": "Linen & Wool <shop@linen.example>",
        "to": ["نورة العتيبي <noura@mail.example>", "second@mail.example"],
        "cc": "copy@mail.example",
        "bcc": "unseen@mail.example",
        "subject": "طلبك 1042 في الطريق \U0001f4e6 – with a long subject that has to be folded somewhere, twice even",
        "text": TEXT,
        "html": HTML,
        "order": "1042",
        "headers": {"X-Order": "1042"},
        "attachments": [
            {"name": "logo.png", "content_type": "image/png", "content_id": "logo", "content": base64.b64encode(PNG).decode()},
            {"name": "فاتورة 1042.pdf", "content_type": "application/pdf", "content": base64.b64encode(PDF).decode()},
        ],
    }


def parsed(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def check(report, trial):
    sent = order_mail()
    id = trial.send(sent)
    detail = trial.wait_for_status(id, "sent")
    [got] = trial.server.handler.to("noura@mail.example")
    report.equal("the envelope names everyone", sorted(got.recipients), sorted(["noura@mail.example", "second@mail.example", "copy@mail.example", "unseen@mail.example"]))
    report.equal("the envelope's sender", got.sender, "shop@linen.example")
    mail = parsed(got.content)
    report.equal("subject", str(mail["subject"]), sent["subject"])
    report.equal("from", (mail["from"].addresses[0].display_name, mail["from"].addresses[0].addr_spec), ("Linen & Wool", "shop@linen.example"))
    report.equal("to", [(a.display_name, a.addr_spec) for a in mail["to"].addresses], [("نورة العتيبي", "noura@mail.example"), ("", "second@mail.example")])
    report.equal("cc", [a.addr_spec for a in mail["cc"].addresses], ["copy@mail.example"])
    report.check("bcc stands nowhere", mail["bcc"] is None and b"unseen@" not in got.content)
    report.equal("own header", str(mail["x-order"]), "1042")
    report.check("an answer goes to the thread's address", str(mail["reply-to"]).startswith("reply+"), mail["reply-to"])
    report.check("a program sent it", mail["auto-submitted"] == "auto-generated", mail["auto-submitted"])
    report.check("it is no campaign", mail["list-unsubscribe"] is None)
    report.check("its Message-ID holds its id", id in mail["message-id"], mail["message-id"])
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n").rstrip("\n")
    report.equal("text", text, TEXT)
    html = mail.get_body(("html",)).get_content().replace("\r\n", "\n").rstrip("\n")
    report.equal("HTML", html, HTML)
    files = {part.get_filename(): part for part in mail.walk() if part.get_filename()}
    report.equal("files", sorted(files), sorted(["logo.png", "فاتورة 1042.pdf"]))
    for name, content in (("logo.png", PNG), ("فاتورة 1042.pdf", PDF)):
        report.equal(f"{name} is whole", hashlib.sha256(files[name].get_payload(decode=True)).hexdigest(), hashlib.sha256(content).hexdigest())
    report.equal("the picture has its content id", files["logo.png"]["content-id"], "<logo>")

    shown = detail["message"]
    report.equal("the API shows the text", shown["text"], TEXT)
    report.equal("the API shows the HTML", shown["html"], HTML)
    report.equal("the API shows the subject", shown["subject"], sent["subject"])
    report.equal("the API shows sizes and digests", [(f["size_bytes"], f["sha256"]) for f in shown["attachments"]], [(len(c), hashlib.sha256(c).hexdigest()) for c in (PNG, PDF)])
    for at, content in enumerate((PNG, PDF)):
        report.equal(f"file {at} is downloaded whole", trial.bytes(f"/api/v1/messages/{id}/attachments/{at}"), content)
    eml = trial.bytes(f"/api/v1/messages/{id}/eml")
    report.equal("the .eml is what was received", eml.rstrip(b"\r\n"), got.content.rstrip(b"\r\n"))
    attempts = detail["delivery"]["attempts"]
    report.equal("one attempt", len(attempts), 1)
    report.check("with the server's words", "queued as" in (attempts[0]["words"] or ""), attempts[0])

    campaign = trial.send({"channel": "email", "type": "campaign", "to": "fan@mail.example", "subject": "Sale", "html": "<p>Sale</p>"})
    shown = trial.wait_for_status(campaign, "sent")["message"]
    mail = parsed(trial.server.handler.to("fan@mail.example")[0].content)
    check_usual_sender(report, trial, campaign, shown, mail)
    report.equal("a campaign unsubscribes in one click", mail["list-unsubscribe-post"], "List-Unsubscribe=One-Click")
    link = mail["list-unsubscribe"].strip("<>")
    report.equal("a GET asks", trial.plain("GET", link).status_code, 200)
    report.equal("a POST does it", trial.plain("POST", link, data={"List-Unsubscribe": "One-Click"}).status_code, 200)
    again = trial.send({"channel": "email", "type": "campaign", "to": "fan@mail.example", "subject": "Sale", "text": "Sale"})
    report.equal("who unsubscribed gets no campaign", trial.wait_for_status(again, "not_sent")["delivery"]["status"], "not_sent")
    order = trial.send({"channel": "email", "type": "order_notification", "to": "fan@mail.example", "subject": "Order", "text": "x"})
    report.equal("but still word of an order", trial.wait_for_status(order, "sent")["delivery"]["status"], "sent")
    check_tracking(report, trial)


def check_usual_sender(report, trial, id, shown, mail):
    """What the message didn't say is shown and found as the mail server got it."""
    [sender] = mail["from"].addresses
    [answers] = mail["reply-to"].addresses
    report.equal("the usual sender", sender.addr_spec, "shop@linen.example")
    report.equal("the API shows the From that went out", shown["from"]["address"], sender.addr_spec)
    report.equal("the API shows the Reply-To that went out", shown["reply_to"]["address"], answers.addr_spec)
    report.equal("the API shows the Message-ID that went out", f"<{shown['message_id']}>", str(mail["message-id"]))
    report.equal("the API says what nobody gave", shown["filled_in"], ["from", "reply_to"])
    found = trial.get("/api/v1/messages", q=f"from:{sender.addr_spec} type:campaign")["items"]
    report.equal("from: finds it", [item["id"] for item in found], [id])


def check_tracking(report, trial):
    id = trial.send({"channel": "email", "to": "reader@mail.example", "subject": "Track", "html": '<a href="https://linen.example/a?b=1&amp;c=2">x</a>', "track": True})
    trial.wait_for_status(id, "sent")
    html = parsed(trial.server.handler.to("reader@mail.example")[0].content).get_body(("html",)).get_content()
    report.check("links and picture lead through us", "linen.example" not in html and "/o/" in html and "/c/" in html, html)
    pixel = html.split('src="')[1].split('"')[0]
    click = html.split('href="')[1].split('"')[0]
    answer = trial.plain("GET", pixel, headers={"User-Agent": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"})
    report.equal("the picture", (answer.status_code, answer.headers["content-type"]), (200, "image/gif"))
    read = trial.get(f"/api/v1/messages/{id}")["delivery"]["read"]
    report.check("a proxy's fetch is no reading", read != "read", read)
    answer = trial.plain("GET", click, allow_redirects=False)
    report.equal("the link leads where it led", answer.headers.get("location"), "https://linen.example/a?b=1&c=2")
    forged = click[:-1] + ("0" if click[-1] != "0" else "1")
    report.equal("a forged link leads nowhere", trial.plain("GET", forged, allow_redirects=False).status_code, 404)
