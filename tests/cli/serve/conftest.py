"""Servers with the real stages, tiny, and small limits."""

import pytest

pytest.importorskip("fastapi", reason="the extra [serve] is not installed")
pytest.importorskip("httpx", reason="the extra [dev] is not installed")

from fastapi.testclient import TestClient
from serving import LIMITS

from ppp.cli.serve.server import create_app
from ppp.pipeline.pipeline import Pipeline


@pytest.fixture(scope="session")
def load(tiny_pipeline):
    """What a server loads: the tiny pipeline, once."""
    pipeline = Pipeline.from_pretrained(tiny_pipeline, device="cpu")
    return lambda: pipeline


@pytest.fixture(scope="session")
def load_quick(tiny_pipeline):
    """The same with parts that fade in: a tenth of the time, for tests to which it is all one what the frames show."""
    pipeline = Pipeline.from_pretrained(tiny_pipeline, frames="partfade", device="cpu")
    return lambda: pipeline


@pytest.fixture
def serving(load):
    """A function that gives a client of a server with other limits; all of them are shut down at the end."""
    clients = []

    def start(settings=LIMITS, load=load):
        client = TestClient(create_app(load, settings), base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
        client.__enter__()
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def client(serving):
    return serving()


@pytest.fixture
def quick(serving, load_quick):
    """A client of a server that paints in a moment, see `load_quick`."""
    return serving(load=load_quick)
