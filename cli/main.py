"""The `ppp` command: subcommands are imported only when they are used.

`main` is the console script: it turns every failure into at most three lines on stderr and an exit code (0 ok, 1 our
fault, 2 the user's input, 3 some of a batch failed, 130 interrupted). PPP_DEBUG=1 shows tracebacks.
"""

import io
import os
import signal
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ..modules.io.errors import PPPError, did_you_mean
from ..modules.version import __version__
from .errors import explain

# command -> its module, which has a typer app `app`, and its line in the list of commands
COMMANDS = {
    "run": (".run", "Predict how paintings could have been painted."),
    "batch": (".batch", "Paint many pictures, on many cores or machines."),
    "watch": (".watch", "Paint what is put into a folder."),
    "plan": (".plan", "Print the plan of a run as a file to edit."),
    "replay": (".replay", "Repeat a run from its process.json."),
    "segment": (".segment", "Find the parts of a painting."),
    "export": (".export", "Export trained stages, to run them without PyTorch."),
    "train": (".train", "Train a stage on pictures or processes."),
    "data": (".data", "Make training data."),
    "evaluate": (".evaluate", "Score the pipeline against its baselines."),
    "verify": (".verify", "Check whether a file comes from ppp, and from which process."),
    "doctor": (".doctor", "Check that everything ppp needs is installed and works."),
    "serve": (".serve", "Serve ppp as a page in the browser."),
}


class LazyCommands(TyperGroup):
    """Imports the module of a subcommand when it is used."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return all names without importing anything."""
        return list(COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            if os.path.exists(name):
                ctx.fail(f"{name!r} is no command. To paint a picture: ppp run {name}")
            ctx.fail(f"No such command {name!r}. {did_you_mean(name, COMMANDS)}".strip())
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, summary = COMMANDS[cmd_name]
        command: Any = typer.main.get_command(import_module(module, __package__).app)
        command.name, command.short_help = cmd_name, summary
        command.rich_markup_mode = None
        return command


app = typer.Typer(
    name="ppp",
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help appears in half the time
    help="From one finished painting, predict how it could have been painted.",
)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"ppp {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """From one finished painting, predict how it could have been painted."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="surrogateescape")  # prints file names that are not UTF-8 unchanged
    if (threads := os.environ.get("OMP_NUM_THREADS", "")).isdigit():  # OpenCV knows nothing of it
        os.environ.setdefault("OPENCV_FOR_THREADS_NUM", threads)
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        app(args=arguments, prog_name="ppp")
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except Exception as error:
        if os.environ.get("PPP_DEBUG"):
            raise
        problem = explain(error)
        print(f"ppp: {problem}", file=sys.stderr)
        return problem.exit_code if isinstance(problem, PPPError) else 1
    finally:
        signal.signal(signal.SIGTERM, previous)
    return 0


def _interrupt(number: int, frame: Any) -> None:
    """Treat SIGTERM like Ctrl-C, so that temporary folders are removed."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
