"""Part names: which parts of a picture a person means by "tree 2", "tree", "Hair", or the name of a group.

Exact names win; then case and spaces do not count. A kind stands for all things of it, far to near; the name of a part
that was split for its pieces; both for those that are not named more exactly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..io.errors import UserError, did_you_mean
from ..labels import LabelSet
from ..things import SCENE_CLASSES
from .order import Unit

MOST_SHOWN = 30  # names that a message lists


def suggest(name: str, known: Sequence[str]) -> str:
    """Suggest what to use for a name that does not exist, in a sentence: the nearest known name, and all of them."""
    shown = ", ".join(
        [*known[:MOST_SHOWN], *([f"and {len(known) - MOST_SHOWN} more"] if len(known) > MOST_SHOWN else [])]
    )
    return f"{did_you_mean(name, known)} Use one of: {shown}.".strip()


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


@dataclass
class PartNames:
    """The parts that can be named: those of `label_set`, their kinds, and groups; `present` are in this picture.

    notes: gets a sentence for every part that was named and is not in the picture.
    """

    label_set: LabelSet
    present: frozenset[int]
    groups: dict[str, Unit] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def known(self) -> list[str]:
        """What there is to name: parts, kinds of which there are things, groups."""
        kinds = [self.label_set.kind(k) for k in sorted(self.present)]
        names = [*(n for n in self.label_set.names if n != "edge"), *kinds, *self.groups]
        return list(dict.fromkeys(names))

    def find(self, name: str) -> str | None:
        """Find the known name that is meant; None where there is none.

        Scene classes are known whether they are in the picture or not, as the portrait's classes are: the same order is
        asked of many pictures.
        """
        known = self.known
        if self.label_set.kinds or self.label_set.named:
            known += SCENE_CLASSES
        return name if name in known else next((one for one in known if _plain(one) == _plain(name)), None)

    def is_taken(self, name: str) -> bool:
        """Whether something of this picture is called so; a scene class that is absent is a free name for a group."""
        return _plain(name) in map(_plain, self.known)

    def _breadth(self, name: str) -> int:
        """Rank a name by what it stands for: 0 a part, 1 a group, 2 all things of a kind, 3 a part that was split."""
        found, label_set = self.find(name), self.label_set
        if found is None or found in self.groups:
            return 1
        if found not in label_set.names:
            return 2
        return 3 if label_set.index(found) in label_set.pieces else 0

    def broad_first(self, names: Iterable[str]) -> list[str]:
        """Sort names so that what is said of single parts comes after, and so outdoes, what is said of many."""
        return sorted(names, key=self._breadth, reverse=True)

    def _units(self, name: str) -> list[Unit]:
        """Find what `name` stands for: one unit, or of a kind each thing; none of what is absent."""
        label_set, found = self.label_set, self.find(name)
        if found is None:
            raise UserError(f"There is no part called {name!r}.", fix=suggest(name, self.known))
        if found in self.groups:
            return [self.groups[found]]
        if found in label_set.names:
            index = label_set.index(found)
            whole = (k for k in range(len(label_set)) if index in (k, label_set.base_classes[k]))
            units = [unit] if (unit := tuple(k for k in whole if k in self.present)) else []
        else:
            far_to_near = np.argsort(label_set.depth_order).tolist()
            units = [(k,) for k in far_to_near if k in self.present and label_set.kind(k) == found]
        if not units and (note := f"There is no {found} in this picture.") not in self.notes:
            self.notes.append(note)
        return units

    def unit(self, name: str) -> Unit:
        """Find the parts of this picture that `name` stands for, perhaps none. UserError for an unknown name."""
        return tuple(part for unit in self._units(name) for part in unit)

    def rest(self, name: str, names: Iterable[str]) -> list[Unit]:
        """Find the units of one of `names`: of a kind or a part that was split, without what is named more exactly."""
        breadth = self._breadth(name)
        exact = [other for other in names if self._breadth(other) < breadth] if breadth > 1 else []
        others = {part for other in exact for part in self.unit(other)}
        return [rest for unit in self._units(name) if (rest := tuple(part for part in unit if part not in others))]

    def units(self, names: Sequence[str]) -> list[Unit]:
        """Find the units that names stand for, as `rest` does, without absent ones.

        Raises UserError for a part that is named twice.
        """
        found = [unit for name in names for unit in self.rest(name, names)]
        flat = [part for unit in found for part in unit]
        if (twice := next((part for part in flat if flat.count(part) > 1), None)) is not None:
            raise UserError(
                f"{self.label_set.names[twice]} is named twice.", f"In: {', '.join(names)}.", "Once is enough."
            )
        return found

    def parts(self, names: Sequence[str]) -> list[int]:
        """List all parts that names stand for."""
        return [part for unit in self.units(names) for part in unit]
