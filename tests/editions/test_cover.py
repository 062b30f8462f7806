"""Complementary suppression against linear algebra of its own: what hides can't be solved for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import null_space

from skillsdw.editions.cover import CannotCover, Table, determined

LEAST = 10


def _cross_table(counts: np.ndarray, own: set[int] = frozenset()) -> Table:
    """Rows × columns with their totals: cell (r, c) is number r × (columns + 1) + c, the last of each the total."""
    last = counts.shape
    whole = np.zeros((counts.shape[0] + 1, counts.shape[1] + 1), dtype=int)
    whole[:-1, :-1] = counts
    whole[-1, :-1] = counts.sum(axis=0)
    whole[:, -1] = whole[:, :-1].sum(axis=1)
    rows, columns = whole.shape
    number = np.arange(rows * columns).reshape(rows, columns)
    shown = whole.copy()
    for row in own:  # of the totals, what they tell of the others
        shown[-1] -= whole[row]
    return Table(
        atoms=[(int(value),) for value in shown.ravel()],
        own=[cell // columns in own for cell in range(rows * columns)],
        block=list(range(rows * columns)),
        weight=[int(row == last[0]) + 2 * int(column == last[1]) for row, column in np.ndindex(whole.shape)],
        sums=[*(list(line) for line in number), *(list(line) for line in number.T)],
        least=LEAST,
    )


def _given_back(table: Table, hidden: set[int]) -> set[int]:
    """The hidden cells that the null space of the sums leaves no freedom to."""
    cells = sorted(hidden)
    if not cells:
        return set()
    matrix = np.zeros((len(table.sums), len(cells)))
    for line, members in enumerate(table.sums):
        for member in members:
            if member in hidden:
                matrix[line, cells.index(member)] = -1 if member == members[-1] else 1
    free = np.abs(null_space(matrix)).max(axis=1, initial=0.0)
    return {cell for cell, freedom in zip(cells, free, strict=True) if freedom < 1e-9}


_COUNTS = st.integers(0, 14) | st.integers(0, 3000)


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    rows, columns = draw(st.integers(4, 7)), draw(st.integers(2, 6))
    counts = np.array(draw(st.lists(_COUNTS, min_size=rows * columns, max_size=rows * columns))).reshape(rows, columns)
    return _cross_table(counts, draw(st.sets(st.integers(0, rows - 1), max_size=2)))


@settings(max_examples=300, deadline=None)
@given(_tables())
def test_a_small_count_is_hidden_and_stays_open(table: Table) -> None:
    hidden = table.cover()
    small = {cell for cell in range(len(table.atoms)) if table.is_small(cell)}
    assert small <= hidden
    assert not small & _given_back(table, hidden)


@settings(max_examples=300, deadline=None)
@given(_tables(), st.data())
def test_what_is_determined_is_what_the_null_space_leaves_no_freedom(table: Table, data: st.DataObject) -> None:
    hidden = data.draw(st.sets(st.integers(0, len(table.atoms) - 1)))
    assert determined(table.sums, hidden) == _given_back(table, hidden)


def test_own_cells_never_hide_and_protect_nothing() -> None:
    table = _cross_table(np.array([[4, 300], [20, 300], [500, 300], [600, 300]]), own={1})
    hidden = table.cover()
    assert not {cell for cell in hidden if table.own[cell]}
    # The column's second hidden cell is not the own one, which the reader knows.
    assert len({cell for cell in hidden if cell % 3 == 0}) >= 2


def test_a_table_without_small_counts_is_shown_whole() -> None:
    assert _cross_table(np.full((4, 4), 50)).cover() == set()


def test_cells_of_a_block_hide_together() -> None:
    table = _cross_table(np.array([[4, 300], [200, 300], [500, 300], [600, 300]]))
    table.block = [cell // 3 for cell in range(15)]
    table.__post_init__()
    hidden = table.cover()
    assert all(len(hidden & set(range(first, first + 3))) in (0, 3) for first in range(0, 15, 3))


def test_one_cell_alone_in_all_its_sums_cannot_hide() -> None:
    table = Table(atoms=[(4,), (4,)], own=[False, True], block=[0, 1], weight=[0, 0], sums=[[0, 1]], least=LEAST)
    with pytest.raises(CannotCover):
        table.cover()
