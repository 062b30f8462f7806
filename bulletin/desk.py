"""What every chapter is written with: the rows, words and numbers, the running numbers, and names in a row."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bulletin.claims import ABOVE, BELOW, Apart
from bulletin.document import Chapter, Listing, Numbering, Picture, Text
from bulletin.material import Material
from bulletin.pictures import SIGN, WIDTH
from dashboards.charts.pen import Pen
from dashboards.table import Cell, Column, Interval, State, Table

ON_COURSE = 1  # pace and attainment are shares of what is expected


@dataclass(frozen=True)
class Desk:
    """One circular being written."""

    material: Material
    pen: Pen
    family: str  # of the font in pictures
    numbering: Numbering = field(default_factory=Numbering)

    @property
    def says(self):
        """The words."""
        return self.pen.words

    @property
    def numbers(self):
        """The formats."""
        return self.pen.numbers

    @property
    def dated(self) -> str:
        """The day that every figure is as of."""
        return self.numbers.day(self.material.as_of)

    def name(self, row: object) -> str:
        """A row's name."""
        return self.says.name(row)

    def names(self, rows: Iterable) -> str:
        """Names in a row; that there is none."""
        return self.says("sentence.list").join(self.name(row) for row in rows) or self.says("sentence.nobody")

    def percent(self, value: float | None, absent: str = "not_available", against: float | None = None) -> str:
        """A share."""
        return self.numbers.percent(value, absent, against)

    def interval(self, row: object, measure: str) -> str:
        """The ends of a measure's interval."""
        return self.says(
            "sentence.between",
            low=self.percent(getattr(row, f"{measure}_low")),
            high=self.percent(getattr(row, f"{measure}_high")),
        )

    def yuan(self, value: object, absent: str = "not_assessed") -> str:
        """An amount of money."""
        if value is None:
            return self.numbers.state(absent)
        return self.says("unit.yuan", count=self.numbers.count(float(value)))

    def chapter(self, place: int, key: str, blocks: Sequence) -> Chapter:
        """A chapter with its numeral."""
        title = self.says(
            "chapter.title", numeral=self.says.of("numeral", str(place)), title=self.says.of("chapter", key)
        )
        return Chapter(title, [block for block in blocks if block])

    def text(self, lead: str, *sentences: str) -> Text:
        """A paragraph whose sentences run on; nothing when there is none."""
        return Text(self.says.run_on(sentence for sentence in sentences if sentence), self.says.of("lead", lead))

    def picture(self, image: bytes, caption: str, note: str) -> Picture:
        """The next picture, its alternative text made of what stands under it."""
        alt = self.says("chart.alt", title=caption, subtitle=note)
        return self.numbering.picture(image=image, width=WIDTH, caption=caption, note=note, alt=alt)

    def listing(self, key: str, columns: Sequence[Column], rows: Sequence, note: str = "", **parts: object) -> Listing:
        """The next table."""
        name = self.says.of("report.table", key)
        focus = parts.pop("focus", lambda row: False)  # noqa: ARG005
        caption = parts.pop("caption", name)
        return self.numbering.listing(Table(name, columns, rows, focus), caption, note=note, **parts)

    def attached(self, key: str, columns: Sequence[Column], rows: Sequence, note: str, **parts: object) -> Listing:
        """A table on a page across, an annex of its own: it has no running number."""
        name = self.says.of("report.table", key)
        focus = parts.pop("focus", lambda row: False)  # noqa: ARG005
        return Listing(0, Table(name, columns, rows, focus), name, note, is_wide=True, **parts)

    def measure(self, name: str) -> str:
        """The name of a measure."""
        return self.says.of("measure", name)

    def rate_column(self, measure: str, of: str, hides: Callable[[object], bool], needs: bool = True) -> Column:
        """A measure with its interval; hidden where too few, not assessed where its extract never landed."""

        def value(row: object) -> Cell:
            if needs and not self.material.is_assessed(measure):
                return State("not_assessed")
            if hides(row):
                return State("suppressed")
            found = Interval(*(getattr(row, f"{measure}{end}") for end in ("", "_low", "_high")))
            if found.value is None:
                return State("too_early" if measure == "employment_rate" else "not_available")
            return found

        return Column(self.says("report.column.rate", measure=self.measure(measure)), "share", f"{of}.{measure}", value)

    def column(
        self, key: str, kind: str, of: str, hides: Callable[[object], bool] | None = None, **more: object
    ) -> Column:
        """A column read as it is; hidden where too few."""

        def value(row: object) -> Cell:
            return State("suppressed") if hides and hides(row) else getattr(row, of.partition(".")[2])

        return Column(self.says.of("report.column", key), kind, of, value, **more)

    def name_column(self, key: str) -> Column:
        """The column of the rows' names."""
        return Column(self.says.of("report.column", key), value=self.name)

    def claim(self, found: Apart, key: str, **facts: str) -> str:
        """The sentence for what may be said of a measure's cities; each group is named."""
        facts |= {
            "above": self.names(found.above),
            "below": self.names(found.below),
            "rest": str(len(found.undecided)),
        }
        return self.says.of(key, found.kind, **facts)

    def signed(self, tone: str, text: str) -> str:
        """A figure with the sign of its tone."""
        return self.says("report.signed", sign=SIGN.get(tone, SIGN["undecided"]), text=text)


def tone_of(side: str, lower_is_better: bool) -> str:
    """The colour of a side: above is blue where more is better."""
    if side not in (ABOVE, BELOW):
        return "undecided"
    return side if not lower_is_better else {ABOVE: BELOW, BELOW: ABOVE}[side]
