"""`ppp`: the commands, each in its own file and imported only when it is called or asked for help.

`main` is the console script: it turns every failure into at most three lines on stderr and an exit code (0 ok, 1 our
fault, 2 the user's input, 3 some of a batch failed, 130 interrupted). PPP_DEBUG=1 shows tracebacks.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ..modules.io.errors import PPPError
from ..modules.version import __version__
from .errors import explain

# command -> module of this package that has its typer app as `app`, and what the list of commands says of it
COMMANDS = {
    "run": (".run", "Predict how paintings could have been painted."),
    "plan": (".plan", "Print the plan of a run, to edit and give back."),
    "replay": (".replay", "Paint a process again, from its process.json."),
    "segment": (".segment", "Find the parts of a painting."),
    "train": (".train", "Train a stage on pictures or processes."),
    "data": (".data", "Make training data."),
    "evaluate": (".evaluate", "Score the pipeline beside its baselines."),
    "verify": (".verify", "Say whether a file comes from ppp, and from which process."),
    "doctor": (".doctor", "Look whether everything ppp needs is here and works."),
    "serve": (".serve", "A page in the browser that does all this."),
}


class Commands(TyperGroup):
    """Finds a command's module by its name when the command is wanted."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

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
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: the decorated one takes twice as long to come
    help="From one finished painting, predict how it could have been painted.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ppp {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """From one finished painting, predict how it could have been painted."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line -> its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="surrogateescape")  # names of files that are no UTF-8 are printed as they are
    for_termination = signal.signal(signal.SIGTERM, _interrupt)
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
        signal.signal(signal.SIGTERM, for_termination)
    return 0


def _interrupt(number: int, frame: Any) -> None:
    """A polite kill is treated like Ctrl-C, so that temporary folders are removed."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
