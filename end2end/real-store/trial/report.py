"""What was checked, one line each."""

import time
from contextlib import contextmanager


class Report:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, what, is_so, otherwise=""):
        """Note one check. `otherwise` says what was found instead; it may be a function."""
        if is_so:
            self.passed += 1
            print(f"  ok      {what}", flush=True)
        else:
            self.failed += 1
            found = otherwise() if callable(otherwise) else otherwise
            print(f"  FAILED  {what}\n          {found}", flush=True)
        return bool(is_so)

    def equal(self, what, found, expected):
        return self.check(what, found == expected, lambda: f"expected {expected!r}, found {found!r}")

    @contextmanager
    def part(self, title):
        """A part of the trial. An exception fails it and lets the next part run."""
        print(f"\n{title}", flush=True)
        begun = time.monotonic()
        try:
            yield
        except Exception as error:
            self.check(f"{title}: comes to its end", False, f"{type(error).__name__}: {error}")
            raise PartFailed from error
        finally:
            print(f"  ({time.monotonic() - begun:.1f} s)", flush=True)


class PartFailed(Exception):
    """What follows depends on the part that failed."""
