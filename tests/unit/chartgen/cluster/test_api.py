"""What an API server answers, and what of it is told."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from chartgen.cluster.api import Api
from chartgen.errors import ClusterError, RefusedError

Answer = Callable[[int, object], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer: tuple[int, bytes] = (200, b"{}")
    pause = 0.0

    def do_PATCH(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:
        time.sleep(self.pause)
        status, body = self.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return ""

    def log_message(self, *_: Any) -> None:
        pass


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@pytest.fixture
def handler() -> type[_Handler]:
    return type("Handler", (_Handler,), {})


@pytest.fixture
def api(handler: type[_Handler], tmp_path: Path) -> Iterator[Api]:
    with _Server(str(tmp_path / "api"), handler) as server, closing(Api(tmp_path / "api", "ctx", 0.5)) as api:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield api
        server.shutdown()


def answers(handler: type[_Handler], status: int, answer: object) -> None:
    handler.answer = status, answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def status(reason: str, message: str = "", **details: Any) -> dict[str, Any]:
    return {"kind": "Status", "reason": reason, "message": message, "details": details}


def test_an_answer_is_what_was_said(api: Api, handler: type[_Handler]) -> None:
    answers(handler, 200, {"a": 1})
    assert api.request("GET", "/a") == {"a": 1}


def refused(api: Api) -> RefusedError:
    with pytest.raises(RefusedError) as error:
        api.request("PATCH", "/a", body={"data": "S3cret"})
    return error.value


RBAC = (
    'secrets "web" is forbidden: User "a@b.example" cannot patch resource "secrets" '
    'in API group "" in the namespace "x"'
)
WIDE = (
    'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "a.b" at the cluster scope'
)
WEBHOOK = 'admission webhook "guard.example" denied the request: S3cret is weak'
SILENT = 'Internal error occurred: failed calling webhook "guard.example": failed to call webhook: Post "https://x"'
QUOTA = 'secrets "web" is forbidden: exceeded quota: small, requested: secrets=1'
GONE = 'secrets "web" is forbidden: unable to create new content in namespace x because it is being terminated'


@pytest.mark.parametrize(
    ("code", "answer", "message"),
    [
        (403, status("Forbidden", RBAC), "a@b.example may not patch secrets in namespace x"),
        (403, status("Forbidden", WIDE), "system:anonymous may not list nodes.a.b"),
        (403, status("Forbidden", WEBHOOK), "the admission webhook guard.example refuses it"),
        (500, status("InternalError", SILENT), "the admission webhook guard.example does not answer"),
        (403, status("Forbidden", GONE), "its namespace is being deleted"),
        (404, status("NotFound", 'namespaces "x" not found', kind="namespaces", name="x"), "there is no namespace x"),
        (422, status("Invalid", "data[a]: Invalid value: S3cret"), "the API server takes it for invalid"),
        (500, status("", "illegal base64 data: S3cret"), "the API server fails at it, with status 500"),
        (418, b"S3cret", "the API server fails at it, with status 418"),
    ],
)
def test_a_refusal_is_told_in_words_that_repeat_no_value(
    api: Api, handler: type[_Handler], code: int, answer: object, message: str
) -> None:
    answers(handler, code, answer)
    error = refused(api)
    assert (str(error), error.status) == (message, code)


def test_want_of_rights_is_told_from_quotas_and_webhooks(api: Api, handler: type[_Handler]) -> None:
    for said, is_for_want in ((RBAC, True), (QUOTA, False), (WEBHOOK, False), (GONE, False)):
        answers(handler, 403, status("Forbidden", said))
        assert refused(api).is_for_want_of_rights == is_for_want


def test_what_was_wrong_is_told_by_its_path(api: Api, handler: type[_Handler]) -> None:
    answers(handler, 422, status("Invalid", "S3cret", causes=[{"field": "spec.selector", "message": "S3cret"}]))
    assert refused(api).fields == ("spec.selector",)


def test_a_cluster_that_cannot_be_reached_is_no_refusal(api: Api, handler: type[_Handler]) -> None:
    answers(handler, 502, b"dial tcp 10.0.0.1:443:\n connection refused")
    with pytest.raises(ClusterError) as error:
        api.request("GET", "/a")
    assert str(error.value) == "the cluster of context ctx does not answer: dial tcp 10.0.0.1:443: connection refused"
    with pytest.raises(ClusterError, match="does not answer: status 502"):
        api.request("PATCH", "/a", body={})


def test_one_that_is_slow_is_given_up_and_the_next_request_is_a_new_one(api: Api, handler: type[_Handler]) -> None:
    handler.pause = 1.0
    with pytest.raises(ClusterError, match=r"does not answer within 0\.5 s"):
        api.request("GET", "/a")
    handler.pause = 0.0
    assert api.request("GET", "/a") == {}


def test_a_connection_that_is_lost_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="the connection to the cluster of context ctx is lost: FileNotFoundError"):
        Api(tmp_path / "none", "ctx").request("GET", "/a")
