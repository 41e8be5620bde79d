"""Event log of one painting, which any number of listeners read as server-sent events from any position."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from threading import Lock
from typing import Any

HEARTBEAT = 10.0  # seconds; writing to a listener is how its absence is noticed


class EventLog:
    """Keeps all events in order, so that a reloaded page reads them again. `push` may be called by any thread."""

    def __init__(self) -> None:
        self._events: list[tuple[str, str]] = []  # name, JSON
        self._wakers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._lock = Lock()
        self.closed = False
        self.last_listened = time.monotonic()

    def push(self, event: str, **data: Any) -> None:
        """Append an event; `data` are JSON values."""
        with self._lock:
            self._events.append((event, json.dumps(data)))
            self._wake()

    def forget(self, run: str) -> None:
        """Drop the events of a run that was removed; the numbers of the others stay."""
        mark = json.dumps({"run": run})[:-1]
        with self._lock:
            self._events = [("", "") if data.startswith(mark) else (name, data) for name, data in self._events]

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        with self._lock:
            return len(self._wakers)

    def close(self) -> None:
        """End the log and all its listeners."""
        with self._lock:
            self.closed = True
            self._wake()

    def _wake(self) -> None:
        for loop, waker in self._wakers:
            if not loop.is_closed():
                loop.call_soon_threadsafe(waker.set)

    @property
    def has_listeners(self) -> bool:
        with self._lock:
            return bool(self._wakers)

    async def read(self, after: int = 0) -> AsyncIterator[str]:
        """Yield the events from number `after` on as a server-sent event stream, with comments as heartbeat."""
        waker = asyncio.Event()
        key = (asyncio.get_running_loop(), waker)
        with self._lock:
            self._wakers.add(key)
        try:
            while True:
                self.last_listened = time.monotonic()
                waker.clear()
                with self._lock:
                    news, closed = self._events[after:], self.closed
                for name, data in news:
                    after += 1
                    if name:
                        yield f"id: {after}\nevent: {name}\ndata: {data}\n\n"
                if closed:
                    return
                try:
                    await asyncio.wait_for(waker.wait(), HEARTBEAT)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            with self._lock:
                self._wakers.discard(key)
            self.last_listened = time.monotonic()
