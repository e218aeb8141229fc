"""The SMTP server: aiosmtpd, which takes, puts off, refuses, stalls or drops by the recipient's name."""

import asyncio
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class Received:
    def __init__(self, sender, recipients, content):
        self.sender, self.recipients, self.content = sender, recipients, content


class Handler:
    """What a recipient's name begins with says what happens to the mail."""

    def __init__(self):
        self.received = []
        self.tries = {}
        self.count = 0
        self.keeps = True
        self.lock = threading.Lock()

    def begin(self, address):
        name = address.split("@")[0]
        with self.lock:
            self.tries[address] = self.tries.get(address, 0) + 1
        return name, self.tries[address]

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        name, tries = self.begin(address)
        if name.startswith("nobody"):
            return "550 5.1.1 no such person"
        if name.startswith("later") and tries == 1:
            return "451 4.7.1 greylisted, come back"
        if name.startswith("never"):
            return "451 4.7.1 always busy"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        names = [address.split("@")[0] for address in envelope.rcpt_tos]
        with self.lock:
            self.count += 1
            if self.keeps:
                self.received.append(Received(envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        if any(name.startswith("stall") for name in names):
            await asyncio.sleep(60)
        if any(name.startswith("drop") for name in names):
            server.transport.abort()
            return "451 gone"
        if any(name.startswith("spam") for name in names):
            return "554 5.7.1 looks like spam"
        return f"250 2.0.0 queued as {self.count}"

    def to(self, address):
        with self.lock:
            return [mail for mail in self.received if address in mail.recipients]


class SmtpServer:
    """On a free port of this machine."""

    def __init__(self):
        self.handler = Handler()
        self._controller = Controller(self.handler, hostname="127.0.0.1", port=0)

    def start(self):
        # Port 0: aiosmtpd looks for itself at the port that it was given, so the server is started by hand.
        loop = self._controller.loop
        factory = lambda: SMTP(self.handler, loop=loop, hostname="sink.example", data_size_limit=40 * 2**20)
        self._server = loop.run_until_complete(loop.create_server(factory, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        threading.Thread(target=loop.run_forever, daemon=True).start()
        return f"smtp://127.0.0.1:{self.port}?timeout=3"
