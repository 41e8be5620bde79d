"""Take home: which files of a finished run the server makes on request, told by the output options of `ppp run`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from ..output_options import OutputOptions
from .errors import RequestError

# Nothing that names a file of this computer (--font, --sign), and nothing that only a person at it can use.
OFFERED = (
    "video_format", "shape", "speed", "beside", "title_card", "captions",
    "sheet", "title", "paper", "language", "canvas_size", "grid", "paints",
    "layers", "numbers", "strokes",
)  # fmt: skip
LONGEST_TEXT = 200


class WantedFiles(BaseModel):
    """Files of a run, by the output options of `ppp run`; what is left out is as it is there."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    # token of attached paints, in place of `paints`
    shelf: Annotated[str, Field(max_length=64)] | None = None

    def options(self, shelves: Mapping[str, Path]) -> OutputOptions:
        """Return them as the command line has them; `shelves` are the attached paints. RequestError for others."""
        given = self.model_dump(exclude_none=True, exclude={"shelf"})
        if self.shelf is not None:
            if self.shelf not in shelves:
                raise RequestError(422, "These paints do not exist any more.", fix="Upload them again.")
            given["paints"] = str(shelves[self.shelf])
        return OutputOptions(**given)


def _fields() -> dict[str, tuple[Any, Any]]:
    """Make a field for each option that is offered; where it takes names, only those: files have names, too."""
    found = {}
    for name, (kind, option) in _options().items():
        text: Any = Annotated[str, Field(max_length=LONGEST_TEXT)]
        names = _names(option)
        one = Literal[names] if names else text
        types: dict[Any, Any] = {list: Annotated[list[one], Field(max_length=len(names))], str: one}  # type: ignore[valid-type]
        wanted = types.get(kind, kind)
        default = False if kind is bool else None
        found[name] = (wanted if kind is bool else wanted | None, Field(default, description=option.help))
    return found


def _options() -> dict[str, tuple[type, Any]]:
    """Find the type of each option that is offered (list, str, float or bool), and what the command line says of it."""
    hints = get_type_hints(OutputOptions, include_extras=True)
    found = {}
    for name in OFFERED:
        kind, option = get_args(hints[name])
        kind = next(one for one in (*get_args(kind), kind) if one is not type(None))
        found[name] = (list if kind == list[str] else kind, option)
    return found


def _names(option: Any) -> tuple[str, ...]:
    return tuple(getattr(option.autocompletion, "names", ()))


if TYPE_CHECKING:
    TakeHome = WantedFiles
else:
    TakeHome = create_model("TakeHome", __base__=WantedFiles, __doc__=WantedFiles.__doc__, **_fields())


def describe_offer() -> dict[str, dict[str, Any]]:
    """List what is offered, for the page: of each option its kind, its names, and what the command line says of it."""
    kinds = {list: "several", bool: "switch", float: "number"}
    return {
        name: {
            "kind": kinds.get(kind, "choice" if _names(option) else "text"), "names": list(_names(option)),
            "help": option.help,
        }
        for name, (kind, option) in _options().items()
    }  # fmt: skip
