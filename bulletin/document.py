"""The circular as it is before it is a file: chapters of paragraphs, tables and pictures. Every writer writes this."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dashboards.table import Cell, Column, Interval, State, Table


@dataclass(frozen=True)
class Text:
    """A paragraph; `lead` are the words that it opens with, set apart."""

    text: str
    lead: str = ""


@dataclass(frozen=True)
class Items:
    """A numbered list."""

    items: Sequence[str]


@dataclass(frozen=True)
class Picture:
    """A drawing (PNG), its finding as caption, what is drawn, and its text for who can't see it."""

    number: int
    image: bytes
    width: float  # mm
    caption: str
    note: str
    alt: str


@dataclass(frozen=True)
class Listing:
    """A table with its caption and note. `is_wide` wants a page across; `widths` are the columns' shares of it."""

    number: int  # 0 for an annex of its own
    table: Table
    caption: str
    note: str = ""
    is_wide: bool = False
    widths: Sequence[float] = ()


Block = Text | Items | Picture | Listing


@dataclass(frozen=True)
class Chapter:
    """A heading with its number in it, and what stands under it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A whole circular."""

    title: str  # a line break where it may be broken
    reference: str  # 文号, blank to be filled in
    to: str
    opening: str
    chapters: Sequence[Chapter]
    signature: Sequence[str]  # blank to be filled in
    annexes: Sequence[Chapter]
    enclosed: Sequence[str]  # their names, before the signature
    provenance: str  # at every page's foot
    made_at: datetime  # when the version was published: files carry it instead of now

    @property
    def name(self) -> str:
        """The title in one line."""
        return self.title.replace("\n", "")


@dataclass
class Numbering:
    """Numbers of pictures and tables in the order in which they are made."""

    pictures: int = 0
    tables: int = 0

    def picture(self, **parts: object) -> Picture:
        """The next picture."""
        self.pictures += 1
        return Picture(self.pictures, **parts)

    def listing(self, table: Table, caption: str, **parts: object) -> Listing:
        """The next table."""
        self.tables += 1
        return Listing(self.tables, table, caption, **parts)


@dataclass(frozen=True)
class Shown:
    """A cell as text: the figure, and smaller what goes with it."""

    main: str
    beside: str = ""
    is_number: bool = True


@dataclass(frozen=True)
class Cells:
    """How cells read on paper."""

    of_kind: Callable[..., str]
    state: Callable[[str], str]
    ends: str = field(default="–")

    def shown(self, cell: Cell, column: Column) -> Shown:
        """The text of a cell."""
        if isinstance(cell, State):
            return Shown(self.state(cell.name))
        if isinstance(cell, Interval):
            if cell.value is None:
                return Shown(self.state("not_available"))
            if column.kind == "rank":
                return self._ranked(cell)
            main = self.of_kind(cell.value, column.kind)
            if cell.low is None or cell.high is None:
                return Shown(main)
            return Shown(main, self.ends.join(self.of_kind(end, column.kind) for end in (cell.low, cell.high)))
        return Shown(self.of_kind(cell, column.kind, against=column.against), is_number=column.kind != "text")

    def _ranked(self, cell: Interval) -> Shown:
        """A rank with its range in brackets; a sure one has none."""
        if cell.low is None or cell.low == cell.high == cell.value:
            return Shown(f"{cell.value}")
        return Shown(f"{cell.value}", f"({cell.low}{self.ends}{cell.high})")
