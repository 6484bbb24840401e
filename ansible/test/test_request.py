"""Requests from a host, case by case: python3 ansible/test/test_request.py"""

import http.server
import json
import os
import threading
import unittest
import unittest.mock

from modules import load

R = load("library/plainsail_request.py")


class Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = json.dumps({"got": json.loads(body), "key": self.headers["Authorization"]}).encode()
        self.send_response(202)
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self):
        self.send_response(307 if self.path == "/moved" else 503)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(b"not now")

    def log_message(self, *arguments):
        pass


class RequestTest(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def ask(self, url, method="GET", headers=None, body=None):
        return R.ask(url, method, headers or {}, body, 10, True)

    def test_a_body_is_sent_as_json_with_the_headers(self):
        status, text = self.ask(self.url, "POST", {"Authorization": "Bearer x"}, {"a": 1})
        self.assertEqual((status, json.loads(text)), (202, {"got": {"a": 1}, "key": "Bearer x"}))

    def test_an_error_is_an_answer(self):
        self.assertEqual(self.ask(self.url), (503, "not now"))

    def test_a_redirect_is_not_followed(self):
        self.assertEqual(self.ask(self.url + "/moved")[0], 307)

    def test_a_proxy_of_the_environment_is_not_asked(self):
        with unittest.mock.patch.dict(os.environ, {"http_proxy": "http://127.0.0.1:9", "no_proxy": ""}):
            self.assertEqual(self.ask(self.url)[0], 503)

    def test_nobody_there_is_no_answer(self):
        self.server.shutdown()
        self.server.server_close()
        status, why = self.ask(self.url)
        self.assertEqual(status, -1)
        self.assertIn("refused", why)

    def test_what_is_no_address_is_no_answer(self):
        self.assertEqual(self.ask("nowhere")[0], -1)


if __name__ == "__main__":
    unittest.main()
