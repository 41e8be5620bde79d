"""`ppp serve`: a local web server with a page for painting in the browser."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ...modules.io.errors import PPPError, UserError
from ...pipeline.stages import STAGES
from ..options import Device, Runtime, Stages, Weights, load_pipeline, parse_stages, print_note

if TYPE_CHECKING:
    from ...pipeline.pipeline import Pipeline

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help="Serve a page for the browser: drop a painting, see how it could have been painted. Ctrl-C ends it.")
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="Host name by which the page may be opened. Repeatable."),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    stage: Stages = None,
    weights: Weights = "portrait",
    device: Device = "auto",
    runtime: Runtime = "auto",
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print only the address.")] = False,
) -> None:
    stages = parse_stages(stage)
    import uvicorn

    from .connections import make_server
    from .server import create_app
    from .server_settings import ServerSettings

    listener = _listen(host, port)
    failures: list[PPPError] = []

    def on_failure(error: PPPError) -> None:
        failures.append(error)
        server.should_exit = True

    def load() -> Pipeline:
        pipeline = load_pipeline(weights, stages, device, runtime)
        for name in STAGES:
            pipeline.stage(name)
        return pipeline

    address = listener.getsockname()[0]
    token = "" if _is_loopback(address) else secrets.token_urlsafe(24)
    settings = ServerSettings(allowed_hosts=tuple(allow_host or ()), token=token)
    application = create_app(load, settings, on_failure)
    config = uvicorn.Config(
        application, log_level="critical", access_log=False, server_header=False, lifespan="on",
        timeout_graceful_shutdown=2, timeout_keep_alive=15, limit_concurrency=200,
    )  # fmt: skip
    server = make_server(config, settings.header_timeout)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/"
    address += f"?token={token}" if token else ""
    print(address, flush=True)
    print_note("Open this address in a browser. Paintings stay on this computer. Press Ctrl-C to stop.", quiet)
    if token:
        print_note(f"Warning: everyone who can reach {host} and has this address can use this page.", False)
    if open_browser:
        import webbrowser

        webbrowser.open(address)
    with listener:
        server.run(sockets=[listener])
    if failures:
        raise failures[0]


def _listen(host: str, port: int) -> socket.socket:
    """Open the listening socket, so that a port in use is reported before anything is loaded."""
    what = f"The page cannot be served on {host} port {port}."
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        raise UserError(
            what, f"{error.strerror or error}.", "Choose another with --port (0 takes a free one)."
        ) from None
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
