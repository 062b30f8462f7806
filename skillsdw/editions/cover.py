"""Which cells of linked tables must hide, so that no sum and no difference gives a small one back.

Complementary suppression after Willenborg and de Waal, *Elements of Statistical Disclosure Control* (2001), ch. 6: a
small cell hides (primary), others hide with it (complementary), and what hides is proved afterwards: a hidden cell
is safe only if the linear system of all the published sums leaves it open.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_PRIME = 2_147_483_629  # arithmetic modulo a prime is exact; the sums' coefficients are all 1


class CannotCover(Exception):
    """No set of cells hides the small ones: nothing may be shown."""


@dataclass
class Table:
    """Cells of one measure in all the tables that show it, and the sums between them.

    `atoms[i]` are the counts of persons that cell `i` tells, in itself (the first) or by a difference (so many
    certified, so many not); one of them small makes the cell small. `own` cells are known to the reader whatever is
    hidden. `block[i]` names the cells that hide together. `sums` are sets of cells of which one is the sum of the
    others: any of them is known from the rest. `weight[i]` says how dear a cell is to lose (totals are dearest).
    """

    atoms: Sequence[Sequence[int]]
    own: Sequence[bool]
    block: Sequence[object]
    weight: Sequence[int]
    sums: Sequence[Sequence[int]]
    least: int
    _members: dict[object, list[int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._members = defaultdict(list)
        for cell, block in enumerate(self.block):
            self._members[block].append(cell)

    def is_small(self, cell: int) -> bool:
        """Whether the cell tells of at least one and fewer than `least` persons who are not the reader's own."""
        return not self.own[cell] and any(0 < atom < self.least for atom in self.atoms[cell])

    def cover(self) -> set[int]:
        """The cells that hide. CannotCover where no more can be hidden and a small one is still given back."""
        hidden = self.primary()
        while True:
            self._complement(hidden)
            given_back = [cell for cell in determined(self.sums, hidden) if self.is_small(cell)]
            if not given_back:
                return hidden
            for cell in given_back:
                self._hide_beside(cell, hidden)

    def primary(self) -> set[int]:
        """The small cells, and what hides with each as one block."""
        hidden: set[int] = set()
        for cell in range(len(self.atoms)):
            if self.is_small(cell):
                self._hide(cell, hidden)
        return hidden

    def _hide(self, cell: int, hidden: set[int]) -> None:
        hidden.update(member for member in self._members[self.block[cell]] if not self.own[member])

    def _complement(self, hidden: set[int]) -> None:
        """Hides until every sum with a hidden cell has a second one, and what hides in it tells nothing in sum."""
        by_cell = defaultdict(list)
        for line, cells in enumerate(self.sums):
            for cell in cells:
                by_cell[cell].append(line)
        waiting = list(range(len(self.sums)))
        while waiting:
            line = waiting.pop()
            while True:
                inside = [cell for cell in self.sums[line] if cell in hidden]
                if not inside or (len(inside) > 1 and not self._tells_together(inside)):
                    break
                chosen = self._cheapest(self.sums[line], hidden, must=len(inside) < 2)
                if chosen is None:
                    if len(inside) < 2 and any(self.is_small(cell) for cell in inside):
                        raise CannotCover(f"{self.block[inside[0]]}")
                    break
                before = set(hidden)
                self._hide(chosen, hidden)
                waiting += {line for cell in hidden - before for line in by_cell[cell]}

    def _tells_together(self, cells: Sequence[int]) -> bool:
        """Whether what hides in a sum is small all together, or nothing: then each of it is known to be nothing."""
        together = [sum(atoms) for atoms in zip(*(self.atoms[cell] for cell in cells), strict=True)]
        return not together[0] or any(0 < atom < self.least for atom in together)

    def _cheapest(self, line: Iterable[int], hidden: set[int], *, must: bool) -> int | None:
        """The cell that costs least to hide: none of nothing, no total unless it must be, then the smallest."""
        may_hide = [
            cell
            for cell in line
            if cell not in hidden and not self.own[cell]
            if must or (self.weight[cell] == 0 and self.atoms[cell][0])
        ]
        return min(
            may_hide,
            key=lambda cell: (self.weight[cell], not self.atoms[cell][0], self.atoms[cell][0], cell),
            default=None,
        )

    def _hide_beside(self, cell: int, hidden: set[int]) -> None:
        """One more cell, the cheapest of the sums of `cell`; where all of those hide, of the sums that those are in."""
        reached, edge = {cell}, {cell}
        while edge:
            lines = [line for line in self.sums if not edge.isdisjoint(line)]
            beside = [found for line in lines if (found := self._cheapest(line, hidden, must=True)) is not None]
            if beside:
                self._hide(min(beside, key=lambda found: (self.weight[found], self.atoms[found][0], found)), hidden)
                return
            edge = {other for line in lines for other in line if other in hidden} - reached
            reached |= edge
        raise CannotCover(f"{self.block[cell]}")


def determined(sums: Iterable[Sequence[int]], hidden: set[int]) -> set[int]:
    """The hidden cells that the sums give back exactly: those whose unit vector is in the row space of the system.

    Gauss–Jordan elimination on the sums' hidden cells, exact (modulo a prime): a cell is determined if and only if a
    row of the reduced form holds nothing else.
    """
    reduced: dict[int, dict[int, int]] = {}  # pivot → row
    holders: dict[int, set[int]] = defaultdict(set)  # cell → pivots of the rows that hold it
    for cells in sums:
        row = {cell: 1 for cell in cells if cell in hidden}
        if row:
            # The total is the sum of the others; the sign of its coefficient is the other one.
            total = cells[-1]
            if total in row:
                row[total] = _PRIME - 1
            _reduce(row, reduced, holders)
    return {pivot for pivot, row in reduced.items() if len(row) == 1}


def _reduce(row: dict[int, int], reduced: dict[int, dict[int, int]], holders: dict[int, set[int]]) -> None:
    for pivot in [cell for cell in row if cell in reduced]:
        _subtract(row, reduced[pivot], row[pivot])
    if not row:
        return
    pivot = min(row, key=lambda cell: (len(holders[cell]), cell))
    inverse = pow(row[pivot], -1, _PRIME)
    row = {cell: value * inverse % _PRIME for cell, value in row.items()}
    for other in list(holders[pivot]):
        before = set(reduced[other])
        _subtract(reduced[other], row, reduced[other][pivot])
        for cell in before - reduced[other].keys():
            holders[cell].discard(other)
        for cell in reduced[other].keys() - before:
            holders[cell].add(other)
    reduced[pivot] = row
    for cell in row:
        holders[cell].add(pivot)


def _subtract(row: dict[int, int], other: dict[int, int], times: int) -> None:
    for cell, value in other.items():
        left = (row.get(cell, 0) - times * value) % _PRIME
        if left:
            row[cell] = left
        else:
            row.pop(cell, None)
