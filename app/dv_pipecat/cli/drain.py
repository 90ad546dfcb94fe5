"""The preStop hook: nothing is imported here that it can do without, as it has to be quick in a busy pod."""

from __future__ import annotations

import http.client
import json
import os
from http import HTTPStatus

import click

from app.dv_pipecat import rundir
from app.dv_pipecat.errors import DrainFailed
from app.dv_pipecat.settings import Settings
from app.environment import read
from app.waiting import Seconds

# beyond the time-out: for the last clients to be told
MARGIN_SECONDS = 10.0
# where a service is found that listens everywhere
HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared, not bound


@click.command()
@click.option(
    "--timeout",
    type=Seconds(),
    required=True,
    help="Seconds after which the sessions that are left are asked to reconnect elsewhere.",
)
def drain(timeout: float) -> None:
    """Have the service that runs here wait for its sessions to end, and return when they are gone.

    It is not ready at once: Kubernetes sends it no new clients. For a preStop hook.
    """
    settings = read(Settings, os.environ)
    answer = _ask(settings, rundir.key(rundir.of(settings)), timeout)
    click.echo(
        f"drained in {answer['seconds']:.1f} s: sessions ended: {answer['ended']}, asked to move: {answer['told']}"
    )


def _ask(settings: Settings, key: str, timeout: float) -> dict[str, float]:
    host = HERE.get(settings.host, settings.host)
    connection = http.client.HTTPConnection(host, settings.port, timeout=timeout + MARGIN_SECONDS)
    try:
        connection.request("POST", f"/pc/v1/drain?timeout={timeout:g}", headers={"Authorization": f"Bearer {key}"})
        response = connection.getresponse()
        body = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DrainFailed(
            f"http://{host}:{settings.port} did not answer ({error or type(error).__name__}): does it run?"
        ) from None
    finally:
        connection.close()
    if response.status != HTTPStatus.OK:
        raise DrainFailed(f"http://{host}:{settings.port} refused; is RUN_DIR the one of the service with this PORT?")
    return dict(body)
