"""Start Storetrail, record what is hard to write, export it in each format, read it back. `run` starts it."""

import csv
import datetime
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import openpyxl
import pikepdf
import pypdf
import requests
from trial.processes import wait_for
from trial.report import PartFailed, Report
from trial.storetrail import Storetrail

ROWS = 230
HARD = [
    "=1+1", "+966501234567", "-5", "@SUM(A1)", 'he said "no"', "a, b; c", "two\nlines", "قميص كتان (Linen) 42",
    "שלום", "价格", "\U0001f9f5 thread", "  spaces around  ", "0012", "1e5", "TRUE", "2026-11-20", "x" * 300,
]
COLUMNS = ["time", "action", "outcome", "actor", "subject", "change", "change_count", "seq", "id"]
TIME_ZONE = datetime.timezone(datetime.timedelta(hours=3))


class Trial:
    def __init__(self, folder):
        self.folder = folder
        self.storetrail = Storetrail(folder)
        self.api = requests.Session()
        self.shown = []

    def set_up(self):
        self.storetrail.start()
        link = wait_for("the owner's link", lambda: re.search(r"http://\S+/setup\?token=(\w+)", self.storetrail.tail()))
        form = {"token": link[1], "store_name": "Linen", "time_zone": "UTC", "name": "Owner", "email": "owner@shop.example", "password": secrets.token_urlsafe(18)}
        requests.post(f"{self.base}/setup", data=form, timeout=30, allow_redirects=False)
        self.api.headers["Authorization"] = f"Bearer {self.storetrail.add_key('trial', 'super_admin')}"
        entries = [
            {
                "action": "product.updated",
                "actor": {"type": "user", "id": "u_17", "name": "Sara Nasser"},
                "subject": {"type": "product", "id": f"p_{n}", "name": HARD[n % len(HARD)]},
                "changes": [{"field": "price", "before": n, "after": n + 1}, {"field": "title", "before": "a", "after": HARD[n % len(HARD)]}],
                "occurred_at": f"2026-10-{1 + n // 24:02}T{n % 24:02}:{n % 60:02}:07.5Z",
            }
            for n in range(ROWS)
        ]
        answer = self.api.post(f"{self.base}/api/v1/activities", json=entries, timeout=60)
        if answer.status_code != 201:
            raise RuntimeError(answer.text)
        answer = self.api.get(f"{self.base}/api/v1/activities", params={"q": "action:product.updated", "limit": 1000}, timeout=30)
        self.shown = answer.json()["items"]

    @property
    def base(self):
        return self.storetrail.base_url

    def export(self, format, **more):
        wanted = {"source": "activity", "q": "action:product.updated", "format": format, "time_zone": "Asia/Riyadh", **more}
        answer = self.api.post(f"{self.base}/api/v1/exports", json=wanted, timeout=30)
        if answer.status_code != 201:
            raise RuntimeError(answer.text)
        id = answer.json()["id"]

        def ask():
            export = self.api.get(f"{self.base}/api/v1/exports/{id}", timeout=30).json()
            return export if export["status"] not in ("queued", "running") else None

        export = wait_for(f"the export {format}", ask, 60)
        file = self.api.get(f"{self.base}/api/v1/exports/{id}/file", timeout=60)
        return export, file.content

    def make(self, report, format, **more):
        export, content = self.export(format, **more)
        report.equal("it is completed", (export["status"], export["rows"]), ("completed", ROWS))
        report.equal("size and SHA-256 are told", (export["bytes"], export["sha256"]), (len(content), hashlib.sha256(content).hexdigest()))
        return content


def subjects(trial):
    return [item["subject"]["name"] for item in trial.shown]


def as_cell(text):
    """What a spreadsheet must not run begins with an apostrophe."""
    return f"'{text}" if text[0] in "=+-@\t\r\n" else text


def comma_separated(report, trial):
    for bom in (False, True):
        content = trial.make(report, "csv", columns=COLUMNS, bom=bom)
        report.equal("the byte order mark as asked", content.startswith(b"\xef\xbb\xbf"), bom)
        text = content.decode("utf-8-sig")
        report.check("lines end in CRLF", text.count("\r\n") == ROWS + 1, text[:200])
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        report.equal("one heading", len(rows[0]), len(COLUMNS))
        report.equal("subjects in the list's order", [row[4] for row in rows[1:]], [as_cell(name) for name in subjects(trial)])
        report.equal("ids in the list's order", [row[8] for row in rows[1:]], [item["id"] for item in trial.shown])
        times = [datetime.datetime.fromisoformat(row[0]) for row in rows[1:]]
        report.equal("times with their offset", times, [datetime.datetime.fromisoformat(item["occurred_at"]) for item in trial.shown])
        report.equal("on the clock asked for", {time.utcoffset() for time in times}, {datetime.timedelta(hours=3)})


def workbook(report, trial):
    content = trial.make(report, "xlsx", columns=COLUMNS)
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    report.equal("two sheets", len(book.worksheets), 2)
    report.equal("the heading is frozen", sheet.freeze_panes, "A2")
    report.equal("and filters", sheet.auto_filter.ref, f"A1:I{ROWS + 1}")
    rows = [[cell for cell in row] for row in sheet.iter_rows(min_row=2)]
    report.equal("subjects in the list's order", [row[4].value for row in rows], subjects(trial))
    report.equal("nothing is a formula", {cell.data_type for row in rows for cell in row} & {"f"}, set())
    report.equal("numbers are numbers", [row[7].value for row in rows], [item["seq"] for item in trial.shown])
    report.equal("times are times", {row[0].is_date for row in rows}, {True})
    expected = [datetime.datetime.fromisoformat(item["occurred_at"]).astimezone(TIME_ZONE).replace(tzinfo=None) for item in trial.shown]
    apart = max(abs(row[0].value - time) for row, time in zip(rows, expected))
    report.check("on the clock asked for", apart < datetime.timedelta(milliseconds=2), apart)


def pages(report, trial):
    for language, word in (("en", r"Page (\d+) of (\d+)"), ("ar", None)):
        content = trial.make(report, "pdf", columns=["time", "subject", "id"], language=language)
        with pikepdf.open(io.BytesIO(content)) as pdf:
            report.equal(f"{language}: libqpdf finds nothing wrong", pdf.check_pdf_syntax(), [])
            report.equal(f"{language}: tagged, in its language", (bool(pdf.Root.MarkInfo.Marked), str(pdf.Root.Lang)), (True, language))
            report.check(f"{language}: a tree for screen readers", "/StructTreeRoot" in pdf.Root, sorted(pdf.Root.keys()))
            count = len(pdf.pages)
        if shutil.which("qpdf"):
            path = trial.folder / f"{language}.pdf"
            path.write_bytes(content)
            done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True)
            report.check(f"{language}: qpdf --check", done.returncode == 0, done.stdout + done.stderr)
        texts = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
        if word:
            report.equal("each page has its number", [re.search(word, text).groups() for text in texts], [(str(n + 1), str(count)) for n in range(count)])
        # Ids wrap where the column ends.
        whole = re.sub(r"\s", "", "".join(texts))
        places = [whole.find(item["id"]) for item in trial.shown]
        report.check(f"{language}: each row once, in the list's order", -1 not in places and places == sorted(places), places[:20])


def json_lines(report, trial):
    content = trial.make(report, "json_lines")
    entries = [json.loads(line) for line in content.decode().splitlines()]
    report.equal("ids in the list's order", [entry["id"] for entry in entries], [item["id"] for item in trial.shown])
    report.equal("with values before and after", {len(entry["changes"]) for entry in entries}, {2})
    # A name is trimmed as it comes, a value is not.
    sent = [HARD[int(entry["subject"]["id"].removeprefix("p_")) % len(HARD)] for entry in entries]
    report.equal("to the letter", [entry["changes"][1]["after"] for entry in entries], sent)


def main():
    report = Report()
    folder = Path(tempfile.mkdtemp(prefix="storetrail-files-"))
    trial = Trial(folder)
    try:
        with report.part("Setting up"):
            trial.set_up()
        for title, part in (("CSV", comma_separated), ("XLSX", workbook), ("PDF", pages), ("JSON Lines", json_lines)):
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
