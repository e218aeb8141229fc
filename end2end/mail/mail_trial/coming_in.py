"""Mails from outside: whole ones, broken ones, answers that find their order, bounces, autoresponders."""

import email.message
import email.utils
import json

from . import sending


def check(report, trial):
    id = trial.send({"channel": "email", "to": "asker@mail.example", "subject": "Order 2001", "text": "x", "order": "2001"})
    trial.wait_for_status(id, "sent")
    ours = sending.parsed(trial.server.handler.to("asker@mail.example")[0].content)

    answer = email.message.EmailMessage()
    answer["From"] = "Asker <asker@mail.example>"
    answer["To"] = str(ours["reply-to"])
    answer["Subject"] = "Re: Order 2001"
    answer["Message-ID"] = email.utils.make_msgid(domain="mail.example")
    answer.set_content("شكراً, where is it?")
    answer.add_alternative("<p>شكراً, where is <b>it</b>?</p><script>alert(1)</script>", subtype="html")
    answer.add_attachment(b"\x00\x01picture", maintype="image", subtype="png", filename="صورة.png")
    told = trial.hook("mail", bytes(answer))
    report.equal("an answer to the thread's address finds its order", told.get("order"), "2001")
    shown = trial.get(f"/api/v1/messages/{told['message']}")
    report.equal("its text", shown["message"]["text"].strip(), "شكراً, where is it?")
    report.equal("its file", trial.bytes(f"/api/v1/messages/{told['message']}/attachments/0"), b"\x00\x01picture")
    report.equal("its raw form", trial.bytes(f"/api/v1/messages/{told['message']}/eml"), bytes(answer))
    report.equal("told twice it is kept once", trial.hook("mail", bytes(answer))["outcome"], "repeated")
    frame = trial.frame(told["message"])
    report.check("the frame has no script", "script" not in frame.text.lower() and "<b>it</b>" in frame.text, frame.text)
    report.check("and a policy of its own", "sandbox" in frame.headers["content-security-policy"], frame.headers)

    del answer["To"], answer["Message-ID"]
    answer["To"] = "shop@linen.example"
    answer["Message-ID"] = email.utils.make_msgid(domain="mail.example")
    answer["In-Reply-To"] = str(ours["message-id"])
    report.equal("else In-Reply-To finds it", trial.hook("mail", bytes(answer)).get("order"), "2001")

    items = trial.get("/api/v1/orders/2001/thread")["items"]
    report.equal("the thread holds them", sum(item["item"] == "message" for item in items), 3)

    bounced = trial.send({"channel": "email", "to": "gone@mail.example", "subject": "x", "text": "x"})
    trial.wait_for_status(bounced, "sent")
    message_id = sending.parsed(trial.server.handler.to("gone@mail.example")[0].content)["message-id"]
    bounce = (
        "From: MAILER-DAEMON@mx.example\r\nTo: shop@linen.example\r\nReturn-Path: <>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nSorry\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; gone@mail.example\r\n"
        f"Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such person\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--x--\r\n"
    )
    report.equal("a bounce finds its mail", trial.hook("mail", bounce.encode())["outcome"], "recorded")
    report.equal("which failed", trial.get(f"/api/v1/messages/{bounced}")["delivery"]["status"], "failed")

    many = "From: a@b.example\r\nMessage-ID: <many@b.example>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + "".join(
        f"--x\r\nContent-Type: application/octet-stream; name=f{n}\r\n\r\n{n}\r\n" for n in range(2000)
    )
    for name, raw in {
        "2,000 parts": many.encode(),
        "an unknown charset": b"From: a@b.example\r\nContent-Type: text/plain; charset=klingon\r\n\r\nhi \xe9",
        "no header": b"hello",
        "noise": bytes(range(256)) * 50,
        "12 MiB": b"From: a@b.example\r\nMessage-ID: <big@b.example>\r\n\r\n" + b"x" * 76 * 1024 * 160,
    }.items():
        told = trial.hook("mail", raw)
        report.check(f"{name}: kept", told["outcome"] == "received", told)
        report.equal(f"{name}: raw", trial.bytes(f"/api/v1/messages/{told['message']}/eml"), raw)

    postmark = {"FromFull": {"Email": "pm@mail.example", "Name": "PM"}, "ToFull": [{"Email": "x@y.example"}], "Subject": "Hi", "TextBody": "hello", "Headers": [{"Name": "Message-ID", "Value": "<pm@mail.example>"}]}
    report.equal("Postmark's inbound JSON", trial.hook("postmark", json.dumps(postmark).encode(), "application/json")["outcome"], "received")
    unknown = {"RecordType": "Delivery", "MessageID": "unknown", "Recipient": "x@y.example", "DeliveredAt": "2026-11-20T09:00:00Z"}
    report.equal("a report on nothing of ours is kept", trial.hook("postmark", json.dumps(unknown).encode(), "application/json")["outcome"], "unmatched")
    report.equal("without the secret nobody brings mail", trial.plain("POST", trial.storetrail.base_url + "/hooks/mail/main", data=b"x").status_code, 401)
