"""What a page owes its reader, place by place, and how it compares with what stands there.

A place is a name such as `answer`, `figure 2 compare` or `table months: 2026年10月 × 目标线（人次）`; what is due there
are the tokens of its figures in reading order, or values. Places that only one side has are faults, too.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from page_reading import hovered, tokens
from saying import Published, Tongue

EXACT = 1e-9  # of values that travel as they are


@dataclass
class Trace:
    """One series of a chart, point by point; `rows` are the names of the points where the page orders them."""

    x: Sequence
    y: Sequence | None = None
    hover: Sequence[Sequence[str]] = ()
    text: Sequence[Sequence[str]] = ()
    is_drawn: bool = False  # has bars or dots of its own, whose places on the screen are measured


@dataclass
class Note:
    """A text on a drawing and the point that it belongs to."""

    says: Sequence[str]
    x: object
    y: object


@dataclass
class Due:
    """Collects what is due; `names` are the words that count as tokens."""

    tongue: Tongue
    said: dict[str, tuple[str, ...]] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    charts: dict[str, dict] = field(default_factory=dict)
    blocks: list[tuple] = field(default_factory=list)
    orders: list[tuple[str, list, list]] = field(default_factory=list)
    lists: int = 0
    years: set[str] = field(default_factory=set)

    def say(self, place: str, *parts: str | Sequence[str]) -> None:
        """Figures that stand at a place, in order."""
        self.said[place] = self._tokens(parts)

    def _tokens(self, parts: Iterable[str | Sequence[str]]) -> tuple[str, ...]:
        found: list[str] = []
        for part in parts:
            if not isinstance(part, str):
                found += self._tokens(part)
            elif "|" in part:
                found.append(part)
            else:
                found += tokens(part, self.tongue.names)
        return tuple(found)

    def block(self, title: Sequence[str], subtitle: Sequence[str] = (), key: str = "") -> None:
        """The next heading of the page; of a chart (`key`) also what a screen reader and its picture's file say."""
        place = len(self.blocks)
        self.blocks.append((title, subtitle))
        self.say(f"block {place} title", title)
        self.say(f"block {place} subtitle", subtitle)
        if key:
            self.say(f"chart {key}: alt", title, subtitle)
            self.say(f"picture of {key}: title", title)
            self.say(f"picture of {key}: subtitle", subtitle)

    def items(self, *items: Sequence[str]) -> None:
        """The next list or paragraph, an item each."""
        for place, item in enumerate(items):
            self.say(f"text {self.lists} item {place}", item)
        self.lists += 1

    def chart(
        self,
        key: str,
        traces: Sequence[Trace],
        notes: Sequence[Note] = (),
        ticks: tuple = (None, None),
        lines: Sequence[float] = (),
        axis_title: Sequence[str] = (),
    ) -> None:
        """A chart: its series, its notes, how its axes are labelled (value → tokens), its reference lines."""
        self.charts[key] = {"traces": traces, "notes": notes, "ticks": ticks, "lines": lines}
        self.say(f"chart {key}: axis title", axis_title)

    def in_order(self, place: str, shown: Sequence[float], *, falling: bool = True) -> None:
        """Values that must stand in order; equal ones may change places."""
        self.orders.append((place, list(shown), sorted(shown, reverse=falling)))

    def frame(self, published: Published, year: int, city: str) -> None:
        """The provenance under the page, in its pictures' files and names."""
        tongue, version = self.tongue, published.version
        known = (
            tongue.moment(version["known_at"])
            if version["known_at"]
            else tongue("全部已入库批次", "all landed batches")
        )
        lines = [
            tongue("版本 ", "Build ") + version["build_id"],
            tongue("数据截至 ", "As of ") + tongue.day(version["as_of"]),
            tongue("已知截至 ", "Known at ") + known,
            tongue("发布时间 ", "Published ") + tongue.moment(version["published_at"]),
            tongue("规则版本 ", "Rules ") + str(version["rules_version"]),
            tongue("代码 ", "Code ") + (version["git_commit"] or tongue.state("not_available")),
        ]
        scope = [tongue(f"{year}年", str(year)) if year else tongue("三年合计", "Three years")]
        scope += [
            tongue.name(row)
            for row in published.rows("select * from marts.dim_city where city_code = $city", city=city)
        ]
        self.values["foot"] = lines
        for key in self.charts:
            self.values[f"picture of {key}: source"] = " · ".join(lines[:2])
            self.values[f"picture of {key}: file"] = "_".join([*scope, version["build_id"]]).replace(" ", "-") + ".png"
        self.years = {str(row["plan_year"]) for row in published.rows("from marts.target_progress") if row["plan_year"]}

    def table(self, key: str, columns: Sequence[tuple[str, str, str, Sequence]], labels: Sequence[str]) -> None:
        """A table: (zh, en, the mart's column that defines it, cells in the rows' order) a column."""
        heads = [self.tongue(zh, en) for zh, en, _, _ in columns]
        self.values[f"table {key}: heads"] = heads
        self.values[f"table {key}: rows"] = sorted(labels)
        defined = []
        for head, (_, _, of, cells) in zip(heads, columns, strict=True):
            meaning = self.tongue.meaning(of) if of else ""
            self.values[f"table {key}: definition of {head}"] = meaning
            if meaning:
                defined.append((head, meaning))
            if cells is not None:
                for label, cell in zip(labels, cells, strict=True):
                    self.say(f"table {key}: {label} × {head}", cell)
        self.values[f"table {key}: definitions under it"] = defined


def seen_places(seen: dict, names: Sequence[str]) -> tuple[dict[str, tuple[str, ...]], dict[str, object]]:
    """What the page says at each place: tokens of texts, and texts and lists that must be the same."""
    said: dict[str, str] = {"question": seen["question"], "answer": seen["answer"]}
    for place, figure in enumerate(seen["figures"]):
        said |= {f"figure {place} {part}": text for part, text in figure.items()}
    for place, (title, subtitle) in enumerate(seen["blocks"]):
        said |= {f"block {place} title": title, f"block {place} subtitle": subtitle}
    for place, items in enumerate(seen["said"]):
        said |= {f"text {place} item {item}": text for item, text in enumerate(items)}
    for place, (term, text) in enumerate(seen["notes"]):
        said |= {f"note {place} term": term, f"note {place}": text}
    values: dict[str, object] = {"foot": seen["foot"]}
    for key, chart in seen["charts"].items():
        said |= {f"chart {key}: alt": chart["aria"], f"chart {key}: axis title": chart["axis_title"]}
    for key, (title, subtitle, source, file) in seen["buttons"].items():
        said |= {f"picture of {key}: title": title, f"picture of {key}: subtitle": subtitle}
        values[f"picture of {key}: source"] = source
        values[f"picture of {key}: file"] = file.split("_", 2)[2]  # after the page's and the table's names
    for key, table in seen["tables"].items():
        values |= {
            f"table {key}: heads": table["heads"],
            f"table {key}: rows": sorted(row[0] for row in table["rows"]),
            f"table {key}: definitions under it": [tuple(entry) for entry in table["defines"]],
        }
        for head, title in zip(table["heads"], table["titles"], strict=True):
            values[f"table {key}: definition of {head}"] = title
        for label, *cells in table["rows"]:
            for head, cell in zip(table["heads"][1:], cells, strict=True):
                said[f"table {key}: {label} × {head}"] = cell
    return {place: tokens(text, names) for place, text in said.items()}, values


def compare(seen: dict, due: Due) -> tuple[list[str], int]:
    """The faults of a page, and how many figures were held against SQL."""
    faults: list[str] = []
    said, values = seen_places(seen, due.tongue.names)
    for place in sorted(said.keys() | due.said.keys()):
        if place not in due.said:
            faults += [f"{place}: {said[place]} is explained by nothing"] * bool(said[place])
        elif place not in said:
            faults.append(f"{place}: is not there, due is {due.said[place]}")
        elif not agree(said[place], due.said[place]):
            faults.append(f"{place}: says {said[place]}, due is {due.said[place]}")
    for place in sorted(values.keys() | due.values.keys()):
        if values.get(place) != due.values.get(place):
            faults.append(f"{place}: is {values.get(place)!r}, due is {due.values.get(place)!r}")
    faults += [f"{place}: {shown} is out of order" for place, shown, in_order in due.orders if shown != in_order]
    around = {token for text in seen["elsewhere"] for token in tokens(text, due.tongue.names)}
    strange = around - due.years - {"2025", "2027"} - set(due.tongue.names)  # the plan's years in its name
    faults += [f"elsewhere: {strange} is explained by nothing"] * bool(strange)
    faults += [f"elsewhere: {due.years - around} is not offered"] * bool(due.years - around)
    checked = sum(len(found) for found in due.said.values()) + len(around)
    checked += sum(len(tokens(str(found), due.tongue.names)) for found in due.values.values())
    for key in sorted(seen["charts"].keys() | due.charts.keys()):
        if key not in due.charts or key not in seen["charts"]:
            faults.append(f"chart {key}: only on one side")
            continue
        found, count = _compare_chart(key, seen["charts"][key], due.charts[key], due)
        faults += found
        checked += count
    return faults, checked


def agree(said: Sequence[str], due: Sequence[str]) -> bool:
    """The same tokens in the same order; `a|b` is either."""
    return len(said) == len(due) and all(one in other.split("|") for one, other in zip(said, due, strict=True))


def _compare_chart(key: str, seen: dict, due: dict, page: Due) -> tuple[list[str], int]:
    faults, checked, names = [], 0, page.tongue.names
    if len(seen["traces"]) != len(due["traces"]):
        return [f"chart {key}: {len(seen['traces'])} series, due are {len(due['traces'])}"], 0
    drawn = {(place, point): at for place, point, *at in seen["drawn"]}
    for place, (trace, wanted) in enumerate(zip(seen["traces"], due["traces"], strict=True)):
        where = f"chart {key}: series {place}"
        for axis, found, right in (("x", trace["x"], wanted.x), ("y", trace["y"], wanted.y)):
            if right is None:
                continue
            checked += len(right)
            if len(found) != len(right) or not all(map(_near, found, right)):
                faults.append(f"{where} {axis}: is {found}, due is {list(map(_plain, right))}")
        for point, right in enumerate(wanted.hover):
            told = tokens(hovered(trace, point), names)
            right_tokens = page._tokens([right])
            checked += len(right_tokens)
            if not agree(told, right_tokens):
                faults.append(f"{where} hover {point}: says {told}, due is {right_tokens}")
        if not wanted.hover and any(tokens(hovered(trace, point), names) for point in range(len(trace["x"]))):
            faults.append(f"{where}: hovers that nothing explains")
        for point, right in enumerate(wanted.text):
            told, right_tokens = tokens(trace["text"][point], names), page._tokens([right])
            if not agree(told, right_tokens):
                faults.append(f"{where} text {point}: says {told}, due is {right_tokens}")
        if wanted.is_drawn:
            found, count = _compare_drawn(where, place, trace, wanted, drawn)
            faults += found
            checked += count
    notes = sorted((_spot(note[1], note[2]), tokens(note[0], names)) for note in seen["notes"] if note[0])
    right_notes = sorted((_spot(note.x, note.y), page._tokens([note.says])) for note in due["notes"])
    checked += sum(len(says) for _, says in right_notes)
    if len(notes) != len(right_notes) or not all(
        one[0] == other[0] and agree(one[1], other[1]) for one, other in zip(notes, right_notes, strict=True)
    ):
        strange = [note for note in notes if note not in right_notes]
        missing = [note for note in right_notes if note not in notes]
        faults.append(f"chart {key}: notes {strange}, due are {missing}")
    lines = [line[0] for line in seen["lines"]]
    checked += len(due["lines"])
    if len(lines) != len(due["lines"]) or not all(map(_near, lines, due["lines"])):
        faults.append(f"chart {key}: lines at {lines}, due at {due['lines']}")
    ticks = []
    for axis, show in zip(("x", "y"), due["ticks"], strict=True):
        for value, text in seen[axis]:
            right_tokens = page._tokens([show(value)]) if show else ()
            ticks.append(right_tokens)
            checked += len(right_tokens)
            if not agree(tokens(text, names), right_tokens):
                faults.append(f"chart {key}: {axis} axis at {value} says {text!r}, due is {right_tokens}")
    faults += _compare_svg(key, seen, due, ticks, page)
    return faults, checked


def _compare_svg(key: str, seen: dict, due: dict, ticks: list[tuple], page: Due) -> list[str]:
    """Every text that is drawn is one of the chart's, and its notes and labels are drawn."""
    wanted = [page._tokens([note.says]) for note in due["notes"]]
    wanted += [page._tokens([text]) for trace in due["traces"] for text in trace.text]
    wanted = [right for right in wanted if right]
    optional = [right for right in [*ticks, page.said[f"chart {key}: axis title"]] if right]
    faults = []
    for told in (tokens(text, page.tongue.names) for text in seen["svg"]):
        if not told:
            continue
        found = next((right for right in [*wanted, *optional] if agree(told, right)), None)
        if found is None:
            faults.append(f"chart {key}: draws {told}, which nothing explains")
        elif found in wanted:
            wanted.remove(found)
        else:
            optional.remove(found)
    return faults + [f"chart {key}: {right} is not drawn" for right in wanted]


NEAR_ON_SCREEN = 0.006  # of what an axis spans: two or three pixels


def _compare_drawn(where: str, place: int, trace: dict, wanted: Trace, drawn: dict) -> tuple[list[str], int]:
    """Where bars end and dots lie on the screen, turned back into values."""
    faults, checked = [], 0
    spans = [seen_span(values) for values in (wanted.x, wanted.y or [])]
    for point, right in enumerate(wanted.x):
        if right is None or (trace["type"] == "bar" and not right):
            continue
        if (place, point) not in drawn:
            faults.append(f"{where}: point {point} ({right}) is not drawn")
            continue
        at = drawn[place, point]
        checked += 1
        pairs = [(at[0], _number(right), spans[0])]
        if at[1] is not None and wanted.y is not None:
            pairs.append((at[1], _number(wanted.y[point]), spans[1]))
        if any(abs(one - other) > span * NEAR_ON_SCREEN for one, other, span in pairs):
            faults.append(f"{where}: point {point} is drawn at {at}, due at {[pair[1] for pair in pairs]}")
    return faults, checked


def seen_span(values: Iterable) -> float:
    """From the least, or 0 where all are positive numbers, to the greatest."""
    numbers = [_number(value) for value in values if value is not None]
    return (max(numbers) - min(numbers) or abs(max(numbers)) or 1) if numbers else 1


def _number(value: object) -> float:
    """A date as an axis counts it: milliseconds since 1970."""
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp() * 1000
    return float(value)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _near(one: object, other: object) -> bool:
    one, other = _plain(one), _plain(other)
    if isinstance(one, str) or isinstance(other, str) or one is None or other is None:
        return str(one)[:10] == str(other)[:10] if one is not None and other is not None else one is other
    return math.isclose(float(one), float(other), rel_tol=EXACT, abs_tol=EXACT)


def _spot(x: object, y: object) -> tuple[str, str]:
    return tuple(
        str(_plain(value))[:10] if isinstance(value, date | str) else f"{float(value):.6g}" for value in (x, y)
    )
