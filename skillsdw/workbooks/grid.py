"""A sheet that is built cell by cell, as the formats do that are read from their elements."""

from collections.abc import Iterator

from skillsdw.workbooks.cells import ROWS, Cell, Merged, Notes, SheetData
from skillsdw.workbooks.refused import COLUMNS, OUT_OF_MEMORY, TOO_WIDE, Refused


class Grid:
    """Rows are appended; blank rows and cells cost nothing until something stands behind them."""

    def __init__(self, name: str, is_visible: bool = True) -> None:
        self.name = name
        self.is_visible = is_visible
        self.rows: list[list[Cell]] = []
        self.merged: list[Merged] = []
        self.hidden_rows: set[int] = set()
        self._texts: dict[str, str] = {}
        self.number = 0  # of the row that is being written
        self._row: list[Cell] = []
        self._column = 0

    def start_row(self, number: int | None = None) -> None:
        """Begin a row, the next one unless its number is given."""
        self.number = self.number + 1 if number is None else number
        self._row, self._column = [], 0

    def add(self, value: Cell, times: int = 1) -> None:
        """Put a cell, or a run of the same, behind the last."""
        column = self._column
        self._column += times
        if value is None or value == "":
            return
        if self._column > COLUMNS:
            raise Refused(TOO_WIDE)
        if type(value) is str:
            value = self._texts.setdefault(value, value)  # once for all cells that hold it
        self._row.extend([None] * (column - len(self._row)))
        self._row.extend([value] * times)

    @property
    def column(self) -> int:
        """The place of the next cell."""
        return self._column

    def go_to(self, column: int) -> None:
        self._column = column

    def merge(self, rows: int, columns: int) -> None:
        """The next cell covers so many rows and columns."""
        if rows > 1 or columns > 1:
            last = min(self.number + rows - 1, ROWS), min(self._column + columns - 1, COLUMNS)
            self.merged.append(Merged(self.number, self._column, *last))

    def end_row(self, times: int = 1, is_hidden: bool = False) -> None:
        """End a row, or as many like it."""
        if self._row:
            if self.number + times - 1 > ROWS:
                raise Refused(OUT_OF_MEMORY)  # which says that something stands far beyond the table
            self.rows.extend([] for _ in range(self.number - 1 - len(self.rows)))
            self.rows.extend(list(self._row) for _ in range(times))
            if is_hidden:
                self.hidden_rows.update(range(self.number, self.number + times))
        self.number += times - 1

    @property
    def data(self) -> SheetData:
        if not self.is_visible:
            return SheetData(self.name, False)
        return SheetData(self.name, True, self._even_rows(), self.merged, Notes(hidden_rows=self.hidden_rows))

    def _even_rows(self) -> Iterator[list[Cell]]:
        """The rows, all as wide as the widest."""
        width = max(map(len, self.rows), default=0)
        return (row + [None] * (width - len(row)) for row in self.rows)
