"""Tests a login with Python's standard library.

Start the emulator first: npx @metal-otp/cli emulator --port 4010
METAL_EMULATOR_URL has its address, if it is another one.
"""

import concurrent.futures
import json
import os
import unittest
import urllib.error
import urllib.parse
import urllib.request

EMULATOR = os.environ.get("METAL_EMULATOR_URL", "http://127.0.0.1:4010")
KEY = os.environ.get("METAL_EMULATOR_CONTROL_KEY")  # needed if the emulator is on another machine

# Without the proxies of the environment: the emulator is on this machine.
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def control(method, path, body=None, **query):
    """Sends a request to the control API. Returns the body of the reply, or None without a body."""
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
    """Calls the API at the emulator, as the application under test does. Returns the status."""
    url = f"{EMULATOR}/metal/v1/user/otp/{path}"
    request = urllib.request.Request(url, method=method, headers={"X-Auth-Token": token})
    try:
        with HTTP.open(request, timeout=60) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


class Login(unittest.TestCase):
    def setUp(self):
        self.user = control("POST", "users", {})  # a user of this test only
        self.addCleanup(control, "DELETE", f"users/{self.user['name']}")

    def test_accepts_the_code_of_the_sms_once(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(control, "GET", "otp", user=self.user["name"], wait="10s")
            self.assertEqual(call(self.user["authToken"], "POST", "sms/receive"), 204)
            otp = waiting.result()["otp"]
        self.assertEqual(call(self.user["authToken"], "POST", f"verify/{otp}"), 204)
        self.assertEqual(call(self.user["authToken"], "POST", f"verify/{otp}"), 400)

    def test_locks_the_user_after_ten_wrong_codes(self):
        statuses = [call(self.user["authToken"], "POST", "verify/wrong") for _ in range(11)]
        self.assertEqual(statuses, [400] * 10 + [429])
        control("DELETE", f"users/{self.user['name']}/lock")
        self.assertEqual(call(self.user["authToken"], "POST", "verify/wrong"), 400)


if __name__ == "__main__":
    unittest.main()
