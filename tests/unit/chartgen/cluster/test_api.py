"""What an API server answers, and what of it is told."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from chartgen.cluster.api import Api
from chartgen.errors import ClusterError, RefusedError


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    said: Mapping[str, Any] = {}

    def do_PATCH(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:
        time.sleep(self.said["pause"])
        status, body = self.said["status"], self.said["body"]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for byte in body:
            self.wfile.write(bytes([byte]))
            time.sleep(self.said.get("drips", 0))

    def address_string(self) -> str:
        return ""

    def log_message(self, *_: Any) -> None:
        pass


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that has given up is no error here."""


@pytest.fixture
def said() -> dict[str, Any]:
    """What the server says next."""
    return {"status": 200, "body": b"{}", "pause": 0.0}


@pytest.fixture
def api(said: dict[str, Any], tmp_path: Path) -> Iterator[Api]:
    handler = type("Handler", (_Handler,), {"said": said})
    with _Server(str(tmp_path / "api"), handler) as server, closing(Api(tmp_path / "api", "ctx", 0.5)) as api:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield api
        server.shutdown()


def answers(said: dict[str, Any], status: int, answer: object) -> None:
    said |= {"status": status, "body": answer if isinstance(answer, bytes) else json.dumps(answer).encode()}


def test_an_answer_is_what_was_said(api: Api, said: dict[str, Any]) -> None:
    answers(said, 200, {"a": 1})
    assert api.request("GET", "/a") == {"a": 1}


def refused(api: Api) -> RefusedError:
    with pytest.raises(RefusedError) as error:
        api.request("PATCH", "/a", body={"data": "S3cret"})
    return error.value


def test_a_refusal_is_told_in_words_that_repeat_no_value(api: Api, said: dict[str, Any]) -> None:
    answers(said, 422, {"kind": "Status", "reason": "Invalid", "message": "data[a]: Invalid value: S3cret"})
    assert (str(refused(api)), refused(api).status) == ("the API server takes it for invalid", 422)


@pytest.mark.parametrize(
    ("status", "body"), [(418, b"S3cret"), (200, b"<html>S3cret"), (200, b"[]"), (500, b"dial tcp")]
)
def test_what_is_no_answer_of_an_api_server_is_not_taken_for_one(
    api: Api, said: dict[str, Any], status: int, body: bytes
) -> None:
    answers(said, status, body)
    with pytest.raises(ClusterError, match=f"^the cluster of context ctx does not answer: status {status}$") as error:
        api.request("PATCH", "/a", body={"data": "S3cret"})
    assert not isinstance(error.value, RefusedError)


def test_an_answer_that_drips_is_given_up_as_a_whole(api: Api, said: dict[str, Any]) -> None:
    said |= {"body": b'{"a": 1}', "drips": 0.3}
    with pytest.raises(ClusterError, match=r"does not answer within 0\.5 s"):
        api.request("GET", "/a")


def test_a_cluster_that_cannot_be_reached_is_no_refusal(api: Api, said: dict[str, Any]) -> None:
    answers(said, 502, b"dial tcp 10.0.0.1:443:\n connection refused")
    with pytest.raises(ClusterError) as error:
        api.request("GET", "/a")
    assert str(error.value) == "the cluster of context ctx does not answer: dial tcp 10.0.0.1:443: connection refused"
    with pytest.raises(ClusterError, match="does not answer: status 502"):
        api.request("PATCH", "/a", body={})


def test_one_that_is_slow_is_given_up_and_the_next_request_is_a_new_one(api: Api, said: dict[str, Any]) -> None:
    said["pause"] = 1.0
    with pytest.raises(ClusterError, match=r"does not answer within 0\.5 s"):
        api.request("GET", "/a")
    said["pause"] = 0.0
    assert api.request("GET", "/a") == {}


def test_a_connection_that_is_lost_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="the connection to the cluster of context ctx is lost: FileNotFoundError"):
        Api(tmp_path / "none", "ctx").request("GET", "/a")
