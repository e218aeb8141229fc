"""Every documented call with what schemathesis makes up, with a key of each role and without one."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from .things import Things

ROLES = ("super_admin", "admin", "manager", "store_keeper", "staff", "auditor")

# Of each call, for each role and without a key: 1,500 in all.
CASES_OF_EVERY_DAY = 3

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "forbidden_is_refused",
)

# Which calls name which kind of thing, and where.
NAMED = (
    ("activities", "path.id", r"/activities/\{id\}($|/surroundings|/proof)"),
    ("pending", "path.id", r"/activities/\{id\}/outcome"),
    ("orders", "path.number", r"/orders/\{number\}"),
    ("customers", "path.id", r"/customers/"),
    ("messages", "path.id", r"/messages/\{id\}"),
    ("files", "path.n", r"/attachments/"),
    ("messages", "body.ids[*]", r"/messages/(stop|restart)$"),
    ("templates", "path.id", r"/templates/"),
    ("rules", "path.id", r"/rules/"),
    ("actions", "path.id", r"/rule-actions/\{id\}"),
    ("actions", "body.ids[*]", r"/rule-actions/(retry|discard)$"),
    ("targets", "path.name", r"/targets/"),
    ("operations", "path.id", r"/operations/"),
    ("exports", "path.id", r"/exports/"),
    ("platforms", "path.platform", r"/connections/"),
    ("webhooks", "path.id", r"/webhooks/"),
    ("security", "path.id", r"/security/\{id\}"),
    ("requests", "path.id", r"/requests/\{id\}"),
)


def endpoints(report, trial):
    times = int(os.environ.get("STORETRAIL_TRIALS", "1"))
    keys = {role: trial.storetrail.add_key(f"schemathesis {role}", role) for role in ROLES}
    settings = trial.folder / "schemathesis.toml"
    settings.write_text(settings_for(Things(trial, keys["super_admin"]).make()))
    total = 0
    for role, key in [*keys.items(), ("no key", None)]:
        done, answers = run(trial, settings, role, key, times)
        total += answers.total()
        report.check(f"{role}: {answers.total()} calls, nothing that the document doesn't say", done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:])
        if role == "super_admin":
            good = sum(count for status, count in answers.items() if status < 300)
            # In full two in three calls cross a bound of the document, which is refused.
            share = 4 if times == 1 else 8
            report.check(f"{role}: {good} of them were done", good > answers.total() / share, answers)
        if key is None:
            report.check("without a key nothing is told", set(answers) <= {401, 405}, answers)
    report.check(f"{total} calls in all", total >= 1000 * times, "too few: is the document read?")
    trial.storetrail.command("verify")
    report.check("the ledger verifies", True)


def run(trial, settings, role, key, times):
    """Let schemathesis call everything; how it ended, and how often each status was answered."""
    events = trial.folder / f"{role}.ndjson"
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("st")),
            "--config-file", str(settings),
            "run",
            f"{trial.base}/api/v1/openapi.json",
            *(["--header", f"Authorization: Bearer {key}"] if key else []),
            "--checks", ",".join(CHECKS),
            # In full each bound of the document is crossed once, and what one call makes is used in the next.
            "--phases", "fuzzing" if times == 1 else "coverage,fuzzing,stateful",
            "--mode", "all",
            "--max-examples", str(CASES_OF_EVERY_DAY * times),
            "--continue-on-failure",
            "--generation-database", "none",
            "--suppress-health-check", "all",
            "--warnings", "off",
            "--request-timeout", "60",
            "--report-ndjson-path", str(events),
            "--no-color",
        ],
        cwd=trial.folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    return done, statuses(events) if events.exists() else Counter()


def settings_for(things):
    """Four times in five a call names something that is there."""
    things = {**things, "platforms": ["standard", "woocommerce", "shopify"], "files": [0]}
    lines = ['hooks = "access_trial.making"', "[checks.negative_data_rejection]"]
    lines.append('expected-statuses = ["400", "401", "403", "404", "405", "409", "413", "415", "422"]')
    for kind, values in things.items():
        lines += [f"[dictionaries.{kind}]", f"values = {json.dumps(values)}"]
    for kind, place, path in NAMED:
        lines += ["[[operations]]", f"include-path-regex = '{path}'", "[operations.parameters]"]
        lines.append(f'"{place}" = {{ dictionary = "{kind}", probability = 0.8 }}')
    return "\n".join(lines)


def statuses(events):
    """How often each status was answered."""
    found = Counter()
    for line in events.read_text().splitlines():
        for scenario in json.loads(line).values():
            recorder = scenario.get("recorder") if isinstance(scenario, dict) else None
            for interaction in (recorder or {}).get("interactions", {}).values():
                if answer := interaction.get("response"):
                    found[answer["status_code"]] += 1
    return found
