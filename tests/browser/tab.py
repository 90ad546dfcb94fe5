"""The page as a person meets it: buttons by the words on them, and what can be read."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.02
# where the page keeps its token over a reload
TOKEN = "dv-pipecat.resume"  # noqa: S105  a name


class Tab:
    """One tab of a browser, which has nothing of the tabs before it."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, url: str, token: str = "") -> None:
        """The page of the service at `url`, with a token as if it was left from before."""
        if token:
            script = f"sessionStorage.setItem({json.dumps(TOKEN)}, {json.dumps(token)})"
            self.command("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        self.driver.get(f"{url}/pc/")

    def connect(self, url: str) -> None:
        """A new session, ready to talk."""
        self.open(url)
        self.press("New session")
        self.shows("^Connected$")

    def press(self, button: str) -> None:
        self.driver.find_element(By.XPATH, f"//button[normalize-space()='{button}']").click()

    def type(self, *keys: str) -> None:
        """Wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def step_back(self, steps: int) -> None:
        """The focus, by so many things that can have it."""
        ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB * steps).key_up(Keys.SHIFT).perform()

    def say(self, words: str) -> None:
        self.driver.find_element(By.ID, "words").send_keys(words, Keys.ENTER)

    @property
    def text(self) -> str:
        """All that can be read."""
        return str(self.run("return document.body.innerText"))

    @property
    def replies(self) -> list[str]:
        """What the service has said, without what the page says about it."""
        return list(self.run("return [...document.querySelectorAll('.reply p')].map(p => p.textContent)"))

    @property
    def token(self) -> str | None:
        found = self.run(f"return sessionStorage.getItem({json.dumps(TOKEN)})")
        return None if found is None else str(found)

    def read(self, name: str) -> str:
        """One of the facts about the session: track, pod, version, conversation, session, begun, state."""
        return str(self.run(f"return document.getElementById({json.dumps(name)}).textContent"))

    def shows(self, pattern: str) -> re.Match[str]:
        """Waits until a part of what can be read matches."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := re.search(pattern, text := self.text, re.MULTILINE)) is None:
            assert time.monotonic() < deadline, f"it does not show {pattern!r}, but:\n{text}"
            time.sleep(LOOK_SECONDS)
        return found

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def command(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Of https://chromedevtools.github.io/devtools-protocol/."""
        self.driver.execute_cdp_cmd(name, dict(arguments))

    def console(self) -> list[str]:
        """What the browser has complained about since it was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]
