"""Results of fault trials: number of trials and failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class TrialResults:
    """What a fault's `run` returns; `kinds` counts the trials of each kind."""

    tried: int = 0
    failures: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def right(self) -> int:
        return self.tried - len(self.failures)

    @contextmanager
    def trial(self, name: str, kind: str = "") -> Iterator[None]:
        """Count the body as a trial; if it raises, add `name` and the error to `failures`."""
        self.tried += 1
        if kind:
            self.kinds[kind] += 1
        try:
            yield
        except Exception as error:  # a failed assertion or anything else
            self.failures.append(f"{name}: {type(error).__name__}: {error}"[:1000])

    def to_json(self) -> dict[str, object]:
        """Return {"tried", "right", "failures"}, and "kinds" if there are several."""
        kinds = {"kinds": dict(sorted(self.kinds.items()))} if self.kinds else {}
        return {"tried": self.tried, "right": self.right, "failures": self.failures, **kinds}
