"""How many queued mails a second leave, and what memory that takes."""

import concurrent.futures
import time
from pathlib import Path


def measure(report, trial, count):
    trial.server.handler.keeps = False
    before = trial.server.handler.count
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        begun = time.monotonic()
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + max(30, count / 100)))
        list(pool.map(lambda n: trial.send({"channel": "email", "to": f"load{n}@mail.example", "subject": f"Order {n}", "text": "On its way.\n" * 20, "send_at": at}), range(count)))
        print(f"  queued  {count} in {time.monotonic() - begun:.1f} s, due at {at}", flush=True)
    first = trial.wait_for("the first leaves", lambda: trial.server.handler.count > before and time.monotonic(), 600)
    highest = 0
    while trial.server.handler.count - before < count and time.monotonic() - first < 1800:
        highest = max(highest, resident(trial.pid))
        time.sleep(0.2)
    took = time.monotonic() - first
    sent = trial.server.handler.count - before
    report.check(f"{count} mails in {took:.1f} s: {count / took:.0f} a second; at most {highest // 1024} MiB resident", sent == count, f"{sent} left")


def resident(pid):
    """In KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0
