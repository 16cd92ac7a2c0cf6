# SPDX-License-Identifier: ISC
"""A real browser without a window: Debian's Chromium, spoken to over its debugging pipe.

    with Chromium() as browser:
        page = browser.open(path, width=360, dark=True)
        page.run("document.documentElement.scrollWidth")
        page.picture(to)
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile

PROGRAM = shutil.which("chromium")
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
         "--disable-extensions", "--disable-background-networking", "--disable-dev-shm-usage",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--force-color-profile=srgb",
         "--remote-debugging-pipe", "about:blank"]


class Chromium:
    def __init__(self):
        self.number = 0

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="repmon-browser-")
        read_there, self.writes = os.pipe()
        self.reads, write_there = os.pipe()

        def pipes():  # the browser reads commands on 3 and answers on 4
            os.dup2(read_there, 3)
            os.dup2(write_there, 4)

        self.process = subprocess.Popen(
            [PROGRAM, f"--user-data-dir={self.folder}", *FLAGS], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=pipes,
            pass_fds=(3, 4),
            env={"PATH": os.environ["PATH"], "HOME": self.folder})
        os.close(read_there)
        os.close(write_there)
        self.answers = os.fdopen(self.reads, "rb")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.answers.close()
        os.close(self.writes)
        shutil.rmtree(self.folder, ignore_errors=True)

    def read(self):
        text = b""
        while not text.endswith(b"\0"):
            byte = self.answers.peek(1)
            if not byte:
                raise RuntimeError("the browser is gone")
            end = byte.find(b"\0")
            text += self.answers.read(end + 1 if end >= 0 else len(byte))
        return json.loads(text[:-1])

    def call(self, method, session=None, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.writes, data):]
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def open(self, path, **how):
        return Page(self, path, **how)

    events = []


class Page:
    """A document in a window of that size; `medium` "print" shows it as printed."""

    def __init__(self, browser, path, width=1280, height=900, dark=False, medium=""):
        self.browser = browser
        browser.events = []
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target,
                                    flatten=True)["sessionId"]
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 500)
        self.call("Emulation.setEmulatedMedia", media=medium,
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        for domain in ("Page", "Log", "Network", "Runtime"):
            self.call(domain + ".enable")
        self.call("Page.navigate", url=f"file://{path}")
        while not any(e["method"] == "Page.loadEventFired" for e in browser.events):
            browser.events.append(browser.read())

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def run(self, text):
        """The value of a JavaScript expression; the page itself may run none."""
        answer = self.call("Runtime.evaluate", expression=text, returnByValue=True,
                           awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def fetched(self):
        """Addresses that loading it asked for."""
        return [e["params"]["request"]["url"] for e in self.browser.events
                if e["method"] == "Network.requestWillBeSent"]

    def complaints(self):
        """What the browser logged: a policy that was broken, markup it could not use."""
        return [e["params"]["entry"]["text"] for e in self.browser.events
                if e["method"] == "Log.entryAdded"]

    def printed(self, path):
        """As a PDF, as the browser's own "Print" makes it."""
        data = self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))

    def picture(self, path, height=None):
        """All of it, or so much from the top."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"],
                "scale": 1}
        data = self.call("Page.captureScreenshot", format="png", clip=clip,
                         captureBeyondViewport=True)["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))
