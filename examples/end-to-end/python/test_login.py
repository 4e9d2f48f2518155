"""A login, tested with Python's standard library alone.

The emulator runs already, at METAL_EMULATOR_URL: npx @metal-otp/cli emulator --port 4010
"""

import concurrent.futures
import json
import os
import unittest
import urllib.error
import urllib.parse
import urllib.request

EMULATOR = os.environ.get("METAL_EMULATOR_URL", "http://127.0.0.1:4010")
KEY = os.environ.get("METAL_EMULATOR_CONTROL_KEY")  # only if the emulator is on another machine

# The emulator is here, and no proxy is on the way.
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def control(method, path, body=None, **query):
    """One request to the control API; its answer, or None if it has no body."""
    url = f"{EMULATOR}/_emulator/v1/{path}?{urllib.parse.urlencode(query)}"
    request = urllib.request.Request(url, method=method)
    if KEY:
        request.add_header("Authorization", f"Bearer {KEY}")
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    with HTTP.open(request, timeout=60) as response:
        return json.loads(response.read() or "null")


def call(token, method, path):
    """What the application under test does: calls the API, here at the emulator. The status."""
    url = f"{EMULATOR}/metal/v1/user/otp/{path}"
    request = urllib.request.Request(url, method=method, headers={"X-Auth-Token": token})
    try:
        with HTTP.open(request, timeout=60) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


class Login(unittest.TestCase):
    def setUp(self):
        self.user = control("POST", "users", {})  # of this test alone
        self.addCleanup(control, "DELETE", f"users/{self.user['name']}")

    def test_takes_the_code_of_the_sms(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(control, "GET", "otp", user=self.user["name"], wait="10s")
            self.assertEqual(call(self.user["authToken"], "POST", "sms/receive"), 204)
            otp = waiting.result()["otp"]
        self.assertEqual(call(self.user["authToken"], "POST", f"verify/{otp}"), 204)
        self.assertEqual(call(self.user["authToken"], "POST", f"verify/{otp}"), 400)

    def test_refuses_after_too_many_wrong_codes(self):
        statuses = [call(self.user["authToken"], "POST", "verify/wrong") for _ in range(11)]
        self.assertEqual(statuses, [400] * 10 + [429])
        control("DELETE", f"users/{self.user['name']}/lock")
        self.assertEqual(call(self.user["authToken"], "POST", "verify/wrong"), 400)


if __name__ == "__main__":
    unittest.main()
