"""An authenticator app that others wrote (RFC 6238), instead of a person's phone."""

import time

import pyotp


def codes(report, trial):
    browser, where = trial.sign_in()
    report.equal("without a second factor the password is enough", where, "/activity")
    setup = trial.function(browser, "account/totp-begin").json()
    app = pyotp.parse_uri(setup["uri"])
    report.equal("the address and the typed key are one secret", app.secret.rstrip("="), setup["secret"].replace(" ", "").rstrip("="))
    report.equal("six digits of thirty seconds", (app.digits, app.interval), (6, 30))
    report.equal("the account stands in the app", app.name, trial.email)
    old = app.at(time.time() - 90)
    report.equal("a code of ninety seconds ago is refused", trial.function(browser, "account/totp-confirm", code=old).status_code, 422)
    used = app.now()
    confirmed = trial.function(browser, "account/totp-confirm", code=used)
    report.equal("pyotp's code is taken", confirmed.status_code, 200)
    recovery = confirmed.json()
    report.equal("ten recovery codes", len(recovery), 10)

    browser, where = trial.sign_in()
    report.check("the code is asked for", where.startswith("/sign-in/code"), where)

    def show(code):
        answer = browser.post(f"{trial.base}/sign-in/code", data={"code": code}, timeout=60, allow_redirects=False)
        return answer.headers.get("location", "")

    def refused_as_used(what, code):
        where = show(code)
        report.check(what, "problem=used" in where, where)

    refused_as_used("the code that was confirmed with is refused", used)
    # One step early is taken too, so nobody has to wait here for the next.
    following = app.at(time.time() + 30)
    report.equal("the next one opens", show(following), "/activity")
    browser, _ = trial.sign_in()
    refused_as_used("a step that opened is refused to the next who comes", following)
    report.equal("a recovery code opens", show(recovery[0].upper().replace("-", " ")), "/activity")
    browser, _ = trial.sign_in()
    refused_as_used("but once", recovery[0])
