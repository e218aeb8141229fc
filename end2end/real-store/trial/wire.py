"""The line between shop and Storetrail: one address for the whole trial, whichever port Storetrail has got.

It can do what lines do: be dead while Storetrail is, and lose an answer after Storetrail has acted.
"""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Wire:
    def __init__(self):
        self.far_end = None
        self.keys_of_lost_answers = []
        self.keys_sent = []
        self._answers_to_lose = 0
        self._lock = threading.Lock()
        wire = self

        class Call(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536  # head and body in one packet

            def carry(self):
                wire._carry(self)

            do_POST = do_PUT = carry

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Call)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def lose_answers(self, count):
        """Lose the answers to the next `count` keys, each once."""
        with self._lock:
            self._answers_to_lose = count

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _carry(self, call):
        body = call.rfile.read(int(call.headers.get("Content-Length", 0)))
        key = call.headers.get("Idempotency-Key")
        if key:
            self.keys_sent.append(key)
        call.close_connection = True
        try:
            far = http.client.HTTPConnection(urlsplit(self.far_end).netloc, timeout=30)
            headers = {n: v for n, v in call.headers.items() if n.lower() not in ("host", "connection")}
            far.request(call.command, call.path, body, headers)
            answer = far.getresponse()
            text = answer.read()
            far.close()
        except (OSError, http.client.HTTPException):
            return
        with self._lock:
            is_lost = self._answers_to_lose > 0 and answer.status == 201 and key not in self.keys_of_lost_answers
            self._answers_to_lose -= is_lost
        if is_lost:
            self.keys_of_lost_answers.append(key)
            return
        call.send_response(answer.status)
        for name in ("Content-Type", "Content-Encoding", "Retry-After"):
            if value := answer.headers.get(name):
                call.send_header(name, value)
        call.send_header("Content-Length", str(len(text)))
        call.send_header("Connection", "close")
        call.end_headers()
        call.wfile.write(text)
