"""Firefox without a window, spoken to in WebDriver BiDi: it understands that itself, so no driver is needed."""

import json
import re
import subprocess
import threading
from base64 import b64decode
from pathlib import Path
from typing import Any

PREFERENCES = {
    "remote.active-protocols": 1,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "dom.events.testing.asyncClipboard": True,
}


class Firefox:
    """A browser with one tab, what the page in it has said on its console, and what it has asked the network for."""

    def __init__(self, program: str, profile: Path) -> None:
        import websocket

        settings = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
        profile.mkdir(parents=True, exist_ok=True)
        (profile / "user.js").write_text("\n".join(settings), encoding="utf-8")
        arguments = ["--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
        self.process = subprocess.Popen([program, *arguments], stderr=subprocess.PIPE, text=True)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._count = 0
        try:
            address = self._address()
            self.socket = websocket.create_connection(f"{address}/session", timeout=60, suppress_origin=True)
            self.command("session.new", capabilities={})
            self.command("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
            self.tab = self.command("browsingContext.getTree")["contexts"][0]["context"]
        except BaseException:
            self.process.kill()
            raise

    def _address(self) -> str:
        assert self.process.stderr is not None
        # A browser that cannot start says so and ends; one that hangs is ended.
        watch = threading.Timer(60, self.process.kill)
        watch.start()
        told = []
        for line in self.process.stderr:
            told.append(line)
            found = re.search(r"WebDriver BiDi listening on (ws://\S+)", line)
            if found:
                watch.cancel()
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return found.group(1)
        raise AssertionError(f"Firefox did not start:\n{''.join(told[-10:])}")

    def command(self, method: str, /, **parameters: Any) -> Any:
        """Send a command, and return its result; take note of the events that come before it."""
        self._count += 1
        self.socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("method") == "log.entryAdded" and message["params"]["level"] in ("error", "warn"):
                self.complaints.append(message["params"]["text"])
            elif message.get("method") == "network.beforeRequestSent":
                self.requests.append(message["params"]["request"]["url"])
            if message.get("id") == self._count:
                assert message["type"] == "success", message
                return message["result"]

    def open(self, path: Path, size: tuple[int, int]) -> None:
        width, height = size
        self.command("browsingContext.setViewport", context=self.tab, viewport={"width": width, "height": height})
        self.command("browsingContext.navigate", context=self.tab, url="about:blank", wait="complete")
        self.complaints.clear()
        self.requests.clear()
        self.command("browsingContext.navigate", context=self.tab, url=path.as_uri(), wait="complete")

    def ask(self, script: str) -> Any:
        """Return what a script returns; it may be asynchronous (`await`)."""
        answer = self.command(
            "script.callFunction",
            functionDeclaration=f"async () => JSON.stringify(await (async () => {{ {script} }})())",
            awaitPromise=True,
            target={"context": self.tab},
            userActivation=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"].get("value", "null"))

    def printed(self) -> bytes:
        return b64decode(self.command("browsingContext.print", context=self.tab)["data"])

    def picture(self) -> bytes:
        return b64decode(self.command("browsingContext.captureScreenshot", context=self.tab)["data"])

    def close(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait(30)
