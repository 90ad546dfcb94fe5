"""A real browser, and services for it to meet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from tests.browser.tab import Tab
from tests.servers.voice import VoiceProcess, running

OPTIONS = (
    "--headless",
    # there is none for root, and what it opens is our own
    "--no-sandbox",
    # in a container the shared memory has 64 MB
    "--disable-dev-shm-usage",
    "--disable-gpu",
    # nothing but the page goes over the network
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # another tab is in front in some tests
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
)

Start = Callable[..., VoiceProcess]

A_DAY = timedelta(days=1)


@pytest.fixture(scope="session")
def browser(require: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = str(require("chromium"))
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.accept_insecure_certs = True
    for option in OPTIONS:
        options.add_argument(option)
    # Chromium leaves folders behind
    environment = {**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("browser"))}
    driver = Chrome(options, ChromeService(str(require("chromedriver")), env=environment))
    yield driver
    driver.quit()


@pytest.fixture
def tab(browser: Chrome) -> Iterator[Tab]:
    """A new one, as sessionStorage is a tab's own."""
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    fresh = Tab(browser)
    fresh.console()
    yield fresh
    for handle in browser.window_handles:
        if handle != first:
            browser.switch_to.window(handle)
            browser.close()
    browser.switch_to.window(first)


@pytest.fixture
def tls(tmp_path: Path) -> SSLContext:
    """Of a server whose certificate only its own browser takes for good."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    unsigned = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = unsigned.not_valid_before(now - A_DAY).not_valid_after(now + A_DAY).sign(key, hashes.SHA256())
    file = tmp_path / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a service with these variables in its environment."""
    with ExitStack() as stack:
        yield lambda **environment: stack.enter_context(running(tmp_path, **environment))
