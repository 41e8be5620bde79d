"""The server fuzzed, in small: `tests/faults/run.py --only server` does more, with many clients."""

from dataclasses import replace

import pytest
from faults import server as faults
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import LIMITS, give

from ppp.cli.serve.server import create_app


@pytest.fixture(scope="module")
def asked(load_quick):
    """A client of one server for all examples of a property, and its description of itself."""
    from fastapi.testclient import TestClient

    app = create_app(load_quick, replace(LIMITS, max_paintings=1000))
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as http:
        client = faults.Client("http://127.0.0.1:8000", 0, http)
        client.openapi = client.ask("GET", "/openapi.json").json()
        client.paintings.append(give(http)["id"])
        yield client


@given(draw=st.randoms())
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_forms_of_its_own_description_filled_with_anything(asked, draw):
    faults.fuzz(asked, draw)


@given(draw=st.randoms())
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
def test_no_other_page_gets_anything(asked, draw):
    faults.foreign(asked, draw)


def test_every_address_is_described_and_filled(asked):
    """A property over nothing would always hold."""
    assert len(asked.openapi["paths"]) >= 12
    bodies = [about["requestBody"] for methods in asked.openapi["paths"].values() for about in methods.values()
              if "requestBody" in about]  # fmt: skip
    assert len(bodies) >= 2


def test_a_view_that_is_deleted_while_it_is_asked_for_is_a_404(asked):
    token = give(asked.http)["id"]
    (asked.http.app.state.context.store.painting(token).folder / "view.jpg").unlink()
    asked.ask("GET", f"/api/paintings/{token}/picture.jpg", (404,))
