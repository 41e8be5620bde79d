"""Connections without a request: those that send half a header, or nothing, are closed after a while.

uvicorn has a time limit between two requests, and none for the first one or for half a request.
"""

from __future__ import annotations

import time
from typing import Any
from weakref import WeakKeyDictionary

import uvicorn


def make_server(config: uvicorn.Config, timeout: float) -> uvicorn.Server:
    """Make uvicorn's server, which closes connections that are without a whole request for `timeout` seconds."""
    waiting: WeakKeyDictionary[Any, tuple[Any, float]] = WeakKeyDictionary()  # connection -> last request, since when

    class Server(uvicorn.Server):
        async def on_tick(self, counter: int) -> bool:
            if counter % 10 == 0:  # ticks are tenths of a second
                close_waiting(self.server_state.connections, waiting, timeout, time.monotonic())
            return await super().on_tick(counter)

    return Server(config)


def close_waiting(
    connections: Any, waiting: WeakKeyDictionary[Any, tuple[Any, float]], timeout: float, now: float
) -> None:
    """Close what has waited for too long; `waiting` is kept from call to call."""
    for connection in list(connections):
        request = getattr(connection, "cycle", None)
        if request is not None and not request.response_complete:
            waiting.pop(connection, None)
            continue
        last, since = waiting.setdefault(connection, (request, now))
        if last is not request:  # another one was answered meanwhile
            waiting[connection] = (request, now)
        elif now - since > timeout:
            connection.transport.close()
