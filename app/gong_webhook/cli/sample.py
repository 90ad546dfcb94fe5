"""send-sample: a call as Gong would send it, and what became of it."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import time
from contextlib import AsyncExitStack
from pathlib import Path

import click
import httpx2
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.environment import read
from app.errors import ConfigError, Unavailable
from app.gong_webhook import parts
from app.gong_webhook.events import CALL_ID
from app.gong_webhook.keys import SHARED
from app.gong_webhook.sample import body, token
from app.gong_webhook.settings import Settings

ROW_SECONDS = 15.0
LOOK_SECONDS = 0.2
COUNTED = ("gong_webhook_deliveries_total", "gong_webhook_calls_stored_total", "gong_webhook_queue_depth")


def _url(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not _is_url(value):
        raise click.BadParameter(f"{value!r} is no URL such as https://host/webhooks/gong.")
    return value


def _is_url(value: str) -> bool:
    try:
        url = httpx2.URL(value)
    except httpx2.InvalidURL:
        return False
    return url.scheme in {"http", "https"} and bool(url.host)


def _call_id(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.match(CALL_ID, value):
        raise click.BadParameter("an id has 1 to 64 digits, letters, _ and -.")
    return value


@click.command("send-sample")
@click.option("--url", callback=_url, help="Where to send it.  [default: HOST and PORT of the settings]")
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="PEM of a private RSA key.")
@click.option("--call-id", callback=_call_id, help="1 to 64 digits, letters, _ and -.  [default: random]")
def send_sample(url: str | None, key: Path | None, call_id: str | None) -> None:
    """Send a signed call event of 9.5 KB, wait for its row, and show what became of it.

    Signed with --key, or else with the first hs256 secret of GONG_WEBHOOK_SECRETS. The row is looked for in the
    warehouse of the settings.
    """
    settings = read(Settings, os.environ)
    address = url or f"http://{_reachable(settings.host)}:{settings.port}/webhooks/gong"
    chosen = call_id or str(secrets.randbelow(9 * 10**18) + 10**18)
    _send(settings, address, _signing_key(settings, key), chosen)
    row = asyncio.run(_row(settings, chosen))
    if not row:
        raise Unavailable("warehouse", f"no row of call {chosen} within {ROW_SECONDS:g} s; does a worker run?")
    click.echo("its row:")
    for name, value in row.items():
        click.echo(f"  {name:<18} {value}")
    click.echo(_metrics(address))


def _signing_key(settings: Settings, file: Path | None) -> str:
    if file:
        return _private_pem(file)
    entries = (entry.strip() for entry in settings.gong_webhook_secrets.reveal().split(","))
    shared = next((entry for entry in entries if entry.startswith(SHARED)), None)
    if shared is None:
        raise ConfigError(f"no {SHARED} secret in GONG_WEBHOOK_SECRETS to sign with; give a private key by --key")
    return shared


def _private_pem(file: Path) -> str:
    content = file.read_bytes()
    try:
        key = load_pem_private_key(content, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError(f"--key: {file} holds no private RSA key as an unencrypted PEM")
    return content.decode()


def _send(settings: Settings, address: str, key: str, call_id: str) -> None:
    content = body(call_id)
    signed_for = settings.public_webhook_url or address
    headers = {"Authorization": f"Bearer {token(key, signed_for, content, time.time())}"}
    try:
        answer = httpx2.post(address, content=content, headers=headers, timeout=settings.webhook_timeout_seconds)
    except httpx2.HTTPError as error:
        raise Unavailable(address, f"no answer ({type(error).__name__}); does the service run there?") from None
    click.echo(f"call {call_id}: {answer.status_code} {answer.text}")
    if not answer.is_success:
        raise Unavailable(address, "does not take the sample")


async def _row(settings: Settings, call_id: str) -> dict[str, str]:
    """Empty if it does not come in time."""
    deadline = time.monotonic() + ROW_SECONDS
    async with AsyncExitStack() as closing:
        warehouse = parts.warehouse(settings, closing)
        while True:
            row = await warehouse.row(call_id)
            if row or time.monotonic() > deadline:
                return row
            await asyncio.sleep(LOOK_SECONDS)


def _metrics(address: str) -> str:
    """Some of what the service counts; an ingress does not lead there."""
    try:
        text = httpx2.get(httpx2.URL(address).join("/metrics")).raise_for_status().text
    except httpx2.HTTPError:
        return "its /metrics cannot be reached from here"
    return "\n".join(line for line in text.splitlines() if line.startswith(COUNTED))


def _reachable(host: str) -> str:
    """Where one listens on all addresses, one sends to one; a URL wants brackets around an IPv6 address."""
    one = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound
    return f"[{one}]" if ":" in one else one
