"""`ppp serve`: a page in the browser, for those who would rather not type."""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ...modules.io.errors import PPPError, UserError
from ...pipeline.stages import STAGES
from ..options import parse_stages, say

if TYPE_CHECKING:
    from ...pipeline.pipeline import Pipeline

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help="Open a page in the browser: drop a painting, see how it could have been painted. Ctrl-C ends it.")
def serve(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 8000,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="A host name the page may be opened by. Repeatable."),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    stage: Annotated[
        list[str] | None, typer.Option("--stage", metavar="STAGE=SOURCE", help="As in ppp run. Repeatable.")
    ] = None,
    weights: Annotated[str, typer.Option("--weights", help="The pipeline: a name, a folder or a hub id.")] = "portrait",
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")] = "auto",
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but the address.")] = False,
) -> None:
    stages = parse_stages(stage or [])
    import uvicorn

    from .server import create_app
    from .settings import ServerSettings

    listener = _listen(host, port)
    failures: list[PPPError] = []

    def failed(error: PPPError) -> None:
        failures.append(error)
        server.should_exit = True

    def load() -> Pipeline:
        from ...pipeline.loading import matched_torch

        with matched_torch():
            from ...pipeline.pipeline import Pipeline

            pipeline = Pipeline.from_pretrained(weights, device=device, **stages)
            for name in STAGES:
                pipeline.stage(name)
        return pipeline

    application = create_app(load, ServerSettings(names=tuple(allow_host or ())), failed)
    config = uvicorn.Config(
        application, log_level="critical", access_log=False, server_header=False, lifespan="on",
        timeout_graceful_shutdown=2, timeout_keep_alive=15, limit_concurrency=200,
    )  # fmt: skip
    server = uvicorn.Server(config)
    address = f"http://{_shown(host)}:{listener.getsockname()[1]}/"
    print(address, flush=True)
    say("Open this address in a browser. Paintings stay on this computer; Ctrl-C ends it.", quiet)
    if not _only_here(host):
        say(f"Warning: whoever reaches {host} can use this page, there is no password.", False)
    if open_browser:
        import webbrowser

        webbrowser.open(address)
    with listener:
        server.run(sockets=[listener])
    if failures:
        raise failures[0]


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens, so that a port that is taken is said before anything is loaded."""
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


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _only_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
