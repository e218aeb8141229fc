"""Start the mail server and Storetrail, send, receive, check. `run` starts it."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from trial.report import PartFailed, Report

from . import answers, coming_in, load, sending
from .server import SmtpServer
from .trial import Trial


def main():
    report = Report()
    folder = Path(tempfile.mkdtemp(prefix="storetrail-mail-"))
    server = SmtpServer()
    trial = Trial(folder, server, STORETRAIL_SMTP_URL=server.start(), STORETRAIL_MAIL_FROM="shop@linen.example", STORETRAIL_MAIL_RETRY="1s 1s 2s until 6s")
    try:
        with report.part("Setting up"):
            trial.set_up()
        if "--load" in sys.argv:
            count = int((sys.argv + ["10000"])[sys.argv.index("--load") + 1])
            with report.part("Load"):
                load.measure(report, trial, count)
        else:
            for title, part in (("Sending", sending), ("Answers", answers), ("Coming in", coming_in)):
                try:
                    with report.part(title):
                        part.check(report, trial)
                except PartFailed:
                    pass
            trial.storetrail.command("verify")
            report.check("the ledger verifies", True)
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
