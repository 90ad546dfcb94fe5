"""What pipecat's transport may do with a connection: all but end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.dv_pipecat.connection import Connection

if TYPE_CHECKING:
    from starlette.websockets import WebSocketState


class Wire:
    """pipecat closes the websocket of each pipeline that ends; why a session ends, only the service knows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.receive = connection.receive
        self.send_text = connection.send_text
        self.send_bytes = connection.send_bytes

    @property
    def client_state(self) -> WebSocketState:
        return self._connection.client_state

    @property
    def application_state(self) -> WebSocketState:
        return self._connection.application_state

    async def close(self) -> None:
        pass
