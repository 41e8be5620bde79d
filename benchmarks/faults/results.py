"""How often something was tried, how often it went right, and what was seen where it did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Tally:
    """What a fault's `run` returns. `kinds` says how many of the trials were of which sort."""

    tried: int = 0
    failures: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def right(self) -> int:
        return self.tried - len(self.failures)

    @contextmanager
    def trial(self, name: str, kind: str = "") -> Iterator[None]:
        """One try: right unless the body raises; then `name` and the error are a line of `failures`."""
        self.tried += 1
        if kind:
            self.kinds[kind] += 1
        try:
            yield
        except Exception as error:  # a failed assertion or anything else: the trial did not go right
            self.failures.append(f"{name}: {type(error).__name__}: {error}"[:1000])

    def to_json(self) -> dict[str, object]:
        """{"tried", "right", "failures"}, and "kinds" where trials were of several sorts."""
        kinds = {"kinds": dict(sorted(self.kinds.items()))} if self.kinds else {}
        return {"tried": self.tried, "right": self.right, "failures": self.failures, **kinds}
