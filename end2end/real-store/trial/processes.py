"""Starting, killing and stopping what takes part."""

import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path


class Program:
    """A program in the background; what it says goes to `log`."""

    def __init__(self, command, log: Path, env, cwd):
        self.log = log
        self.base_url = None
        self._listening = threading.Event()
        self._process = subprocess.Popen(
            command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with self.log.open("ab") as log:
            for line in self._process.stdout:
                log.write(line)
                log.flush()
                if found := re.search(rb"listening on (http://\S+)", line):
                    self.base_url = found[1].decode().rstrip("/")
                    self._listening.set()

    def wait_until_listening(self, seconds=60):
        until = time.monotonic() + seconds
        while not self._listening.wait(0.05):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"no 'listening on http://...' from {self._process.args[0]}:\n{self.tail()}")
        return self.base_url

    def kill(self):
        """kill -9: no chance to put anything in order."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._reader.join()

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                pass
        self.kill()

    def tail(self, lines=30):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def environment(**settings):
    """This process's environment without settings of another Storetrail, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STORETRAIL_", "DJANGO_"))}
    return {**kept, "PYTHONUNBUFFERED": "1", **settings}


def wait_for(what, condition, seconds=30):
    """Ask until `condition` holds; its last value."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > until:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return value
