"""Part names: which parts of a picture a person means by "tree 2", "tree", "Hair", or the name of a group.

Exact names win; then case and spaces do not count. A kind stands for all things of it, far to near; the name of a part
that was split for its pieces.
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

    def is_kind(self, name: str) -> bool:
        """Whether a name stands for all things of a kind: no part and no group is called so."""
        found = self.find(name)
        return found is not None and found not in self.label_set.names and found not in self.groups

    def kinds_first(self, names: Iterable[str]) -> list[str]:
        """Sort names so that what is said of single parts comes after, and so outdoes, what is said of their kind."""
        return sorted(names, key=lambda name: not self.is_kind(name))

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

    def named_pieces(self, name: str, names: Iterable[str]) -> set[int]:
        """List the pieces of the part called `name` that are named themselves among `names`."""
        whole, label_set = self.find(name), self.label_set
        named = {self.find(other) for other in names} - {whole}
        if whole in self.groups:
            return set()
        return {
            k for k in range(len(label_set)) if label_set.base_class_name(k) == whole and label_set.names[k] in named
        }

    def units(self, names: Sequence[str]) -> list[Unit]:
        """Find the units that names stand for, without absent ones.

        Of a kind, and of a part that was split, they are those that are not named themselves. Raises UserError for a
        part that is named twice.
        """
        single = {part for name in names if not self.is_kind(name) for part in self.unit(name)}
        found: list[Unit] = []
        for name in names:
            others = single if self.is_kind(name) else self.named_pieces(name, names)
            found += [rest for unit in self._units(name) if (rest := tuple(p for p in unit if p not in others))]
        flat = [part for unit in found for part in unit]
        if (twice := next((part for part in flat if flat.count(part) > 1), None)) is not None:
            raise UserError(
                f"{self.label_set.names[twice]} is named twice.", f"In: {', '.join(names)}.", "Once is enough."
            )
        return found

    def parts(self, names: Sequence[str]) -> list[int]:
        """List all parts that names stand for."""
        return [part for unit in self.units(names) for part in unit]
