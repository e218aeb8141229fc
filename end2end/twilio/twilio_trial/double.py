"""Twilio's REST API, as far as Storetrail uses it; it keeps each call with its headers."""

import base64
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SID, TOKEN = "AC" + "1" * 32, "the-auth-token-of-the-account"


class Double:
    def __init__(self):
        self.calls = []
        self.lock = threading.Lock()
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = double.take(self, dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)))
                if status is None:
                    self.connection.close()
                    return
                self.answer(status, json.dumps(answer).encode(), "application/json")

            def do_GET(self):
                self.answer(200, b"\xff\xd8picture", "image/jpeg")

            def answer(self, status, body, kind):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, request, form):
        """The answer to one message; its text says what shall happen."""
        expected = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if request.headers["Authorization"] != expected or request.path != f"/2010-04-01/Accounts/{SID}/Messages.json":
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        with self.lock:
            sid = f"SM{len(self.calls):032x}"
            seen = sum(call["Body"] == form["Body"] for call in self.calls)
            self.calls.append({**form, "sid": sid})
        if "invalid" in form["Body"]:
            return 400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}
        if "busy" in form["Body"] and not seen:
            return 429, {"code": 20429, "message": "Too Many Requests", "status": 429}
        if "lost" in form["Body"]:
            return None, None
        return 201, {"sid": sid, "status": "queued", "num_segments": "1", "error_code": None}

    def to(self, number):
        with self.lock:
            return [call for call in self.calls if call["To"] == number]
