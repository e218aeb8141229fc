"""What becomes of mails that the server puts off, refuses, stalls or drops; and of a process that is killed."""

import time


def check(report, trial):
    later = send(trial, "later@mail.example")
    nobody = send(trial, "nobody@mail.example")
    spam = send(trial, "spam@mail.example")
    dropped = send(trial, "drop@mail.example")
    stalled = send(trial, "stall@mail.example")
    partly = trial.send({"channel": "email", "to": "fine@mail.example", "cc": "nobody-cc@mail.example", "subject": "x", "text": "x"})

    detail = trial.wait_for_status(nobody, "failed")
    report.equal("550 is final", (attempts(detail), detail["delivery"]["attempts"][0]["code"]), (1, "550"))
    report.check("with the server's words", "no such person" in detail["delivery"]["provider_words"], detail["delivery"]["provider_words"])
    report.equal("554 after the content is final", trial.wait_for_status(spam, "failed")["delivery"]["attempts"][0]["code"], "554")

    detail = trial.wait_for_status(later, "sent")
    report.equal("451 is tried again", attempts(detail), 2)
    report.equal("and was received once", len(trial.server.handler.to("later@mail.example")), 1)
    missed = trial.wait_for_status(partly, "sent")["delivery"]["verdict"].get("missed", [])
    refused = [copy for copy in missed if "nobody-cc" in copy["address"] and copy.get("retry_at") is None]
    report.check("a refused copy keeps nobody from getting theirs, and is named", len(refused) == 1, missed)

    for id, name in ((dropped, "drop"), (stalled, "stall")):
        detail = trial.wait_for(f"{name}: answer unknown", lambda id=id: unknown(trial, id), 15)
        report.equal(f"{name}: handed over, answer unknown", detail["delivery"]["verdict"]["verdict"], "answer_unknown")
    time.sleep(3)
    for name in ("drop", "stall"):
        report.equal(f"{name}: never repeated silently", len(trial.server.handler.to(f"{name}@mail.example")), 1)

    never = send(trial, "never@mail.example")
    detail = trial.wait_for_status(never, "failed", 40)
    report.check("what is always put off is given up", attempts(detail) >= 2, detail["delivery"])

    held = trial.send({"channel": "email", "to": "held@mail.example", "subject": "x", "text": "x", "hold_seconds": 10})
    stopped = trial.post(f"/api/v1/messages/{held}/stop").json()
    report.equal("what is held can be stopped", stopped["delivery"]["status"], "stopped")
    report.equal("what went out can't", trial.post(f"/api/v1/messages/{later}/stop").status_code, 409)
    again = trial.post(f"/api/v1/messages/{held}/restart").json()
    report.equal("restarted, it is held again", again["delivery"]["status"], "pending")
    trial.wait_for_status(held, "sent", 40)
    report.equal("restarted, it was received once", len(trial.server.handler.to("held@mail.example")), 1)
    new = trial.post(f"/api/v1/messages/{nobody}/send-again", json={"to": "somebody@mail.example"}).json()["id"]
    trial.wait_for_status(new, "sent")
    report.equal("sent again to a corrected address", len(trial.server.handler.to("somebody@mail.example")), 1)

    for at in range(20):
        send(trial, f"burst{at}@mail.example")
    trial.storetrail.kill()
    trial.start()
    trial.wait_for("all of a burst are settled", lambda: all(settled(trial, f"burst{at}@mail.example") for at in range(20)), 60)
    counts = [len(trial.server.handler.to(f"burst{at}@mail.example")) for at in range(20)]
    report.check("after kill -9 none was sent twice", max(counts) <= 1, counts)


def send(trial, to):
    return trial.send({"channel": "email", "to": to, "subject": f"To {to}", "text": "Hello"})


def attempts(detail):
    return len(detail["delivery"]["attempts"])


def unknown(trial, id):
    detail = trial.get(f"/api/v1/messages/{id}")
    return detail if detail["delivery"]["verdict"]["verdict"] == "answer_unknown" else None


def settled(trial, address):
    """Whether a mail went out, or is said to have gone out with an unknown answer (its lease runs for minutes)."""
    [row] = trial.get("/api/v1/messages", q=f"to:{address}")["items"]
    return row["status"] == "sent" or row["verdict"]["verdict"] in ("answer_unknown", "handing_over")
