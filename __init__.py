"""`ppp`: from one finished painting, predict how it could have been painted.

The names below are imported from the package's modules on first use, so that
`import ppp`, `ppp --help` and `ppp --version` answer without loading torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .modules.version import __version__

# public name -> the module of this package that defines it
_HOME = {
    "Pipeline": ".pipeline.pipeline",
    "TimeLapse": ".pipeline.timelapse",
    "LabelSet": ".modules.labels",
    "PORTRAIT": ".modules.labels",
}

__all__ = ["PORTRAIT", "LabelSet", "Pipeline", "TimeLapse", "__version__"]

if TYPE_CHECKING:
    from .modules.labels import PORTRAIT, LabelSet
    from .pipeline.pipeline import Pipeline
    from .pipeline.timelapse import TimeLapse


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ppp' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name], __name__), name)
    globals()[name] = value  # the next access finds it without coming here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
