"""What the Cities page owes its reader, by the test's own SQL on the published file."""

import csv
import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from due import Due, Note, Trace
from saying import SIGNS, Published, Tongue

import dashboards

GEO = Path(dashboards.__file__).parent / "geo"
MEASURES = {
    "employment_rate": ("就业率", "Employment rate"),
    "certification_rate": ("取证率", "Certification rate"),
    "priority_share_persons": ("重点群体占比", "Priority share"),
    "violation_rate": ("不合规率", "Violation rate"),
    "observation_complete": ("观察完成度", "Observation complete"),
}
IN_SCORECARD = ("employment_rate", "certification_rate", "priority_share_persons", "violation_rate")
STANDING = {"below": "▼", "at_or_above": "▲", "undecided": "●", None: "●"}
SUB = {"zh": "▲ ▼ ●", "en": "▲ ▼ ●"}


class Cities:
    """The rows of a plan year, asked once."""

    def __init__(self, published: Published, year: int, city: str, measure: str) -> None:
        self.year, self.city, self.measure = year, city, measure
        self.as_of: date = published.version["as_of"]
        facts = {"year": year, "city": city, "measure": measure}
        self.cards = published.rows(
            """
            select c.*, d.name_zh, d.name_en, d.is_city, cast(c.counted_sessions as double) / c.target_sessions as done
            from marts.city_scorecard as c join marts.dim_city as d using (city_code)
            where c.plan_year = $year order by d.sort_order
            """,
            **facts,
        )
        self.pace = published.rows(
            """
            with gaps as (
              select
                city_code, target_sessions, target_basis, counted_sessions, expected_sessions, gap_rank, gap_cause,
                gap_of_size, gap_of_pace,
                expected_sessions - counted_sessions as gap,
                counted_sessions / expected_sessions as pace
              from marts.city_pace where plan_year = $year
            )
            select
              gaps.*, d.name_zh, d.name_en,
              greatest(gap, 0) / nullif(sum(greatest(gap, 0)) over (), 0) as share,
              sum(greatest(gap, 0)) over (order by gap desc, gap_rank)
                / nullif(sum(greatest(gap, 0)) over (), 0) as so_far,
              (select pace from marts.target_progress where plan_year = $year) as province,
              (select standing from marts.city_standardised as s where s.plan_year = $year
                and s.city_code = gaps.city_code and s.measure = 'certification_rate') as certified,
              (select standing from marts.city_standardised as s where s.plan_year = $year
                and s.city_code = gaps.city_code and s.measure = 'employment_rate') as employed
            from gaps join marts.dim_city as d using (city_code)
            order by gap desc, gap_rank
            """,
            **facts,
        )
        self.funnel = published.rows(
            """
            select
              f.*, d.name_zh, d.name_en,
              case
                when funnel_status in ('inside', 'too_few') then 'undecided'
                when (value > province_value) = (measure <> 'violation_rate') then 'above'
                else 'below'
              end as tone
            from marts.city_funnel as f join marts.dim_city as d using (city_code)
            where plan_year = $year and measure = $measure order by d.sort_order
            """,
            **facts,
        )
        self.limits = published.rows(
            "from marts.funnel_limit where plan_year = $year and measure = $measure order by denominator", **facts
        )
        self.standardised = published.rows(
            """
            select s.*, d.name_zh, d.name_en, d.is_city
            from marts.city_standardised as s join marts.dim_city as d using (city_code)
            where s.plan_year = $year order by s.measure, s.observed_expected desc
            """,
            **facts,
        )
        self.peers = published.rows(
            """
            select p.*, d.name_zh, d.name_en
            from marts.city_peer as p join marts.dim_city as d on d.city_code = p.peer_code
            where p.city_code = $city and p.is_peer order by p.peer_rank
            """,
            **facts,
        )
        self.losses = published.rows(
            """
            select l.*, r.name_zh, r.name_en, r.clause
            from marts.city_rule_loss as l join marts.dim_rule as r using (rule_code)
            where l.plan_year = $year and l.city_code = $city
            order by l.lost_sessions desc nulls last, r.sort_order
            """,
            **facts,
        )
        self.card = {card["city_code"]: card for card in self.cards}
        self.own = self.card.get(city)
        self.behind = [row for row in self.pace if row["gap"] > 0 and row["gap_cause"]]

    def apart(self, tone: str) -> list[dict]:
        """The cities that the funnel tells from the province, the farthest first."""
        found = [row for row in self.funnel if row["tone"] == tone]
        return sorted(found, key=lambda row: -abs(row["value"] - row["province_value"]))

    def of(self, card: dict, end: str = "") -> float | None:
        """The chosen measure of a scorecard's row, or its interval's end, rank, rank's end."""
        return card[f"{self.measure}{end}"]


def cities(published: Published, tongue: Tongue, year: int, city: str, measure: str, seen: dict, kind: str) -> Due:
    """Everything on the page; `seen` gives only the order of rows that are equal."""
    due, rows = Due(tongue), Cities(published, year, city, measure)
    due.say("question")
    if year > rows.as_of.year or not rows.pace:
        due.say("answer", str(year), tongue.day(rows.as_of))
    else:
        own = rows.own
        _answer(due, tongue, rows) if own is None else _own_answer(due, tongue, rows)
        _figures(due, tongue, rows) if own is None else _own_figures(due, tongue, rows)
    if rows.pace:
        _gaps(due, tongue, rows, seen)
    if rows.funnel:
        _ranks(due, tongue, rows, seen)
        _limits(due, tongue, rows)
        _place(due, tongue, rows, kind)
        _expected(due, tongue, rows, seen)
    if rows.own:
        _peers(due, tongue, rows, seen)
        _own_mix(due, tongue, rows)
        _losses(due, tongue, rows)
    _scorecard(due, tongue, rows)
    due.block([])
    says = [["2020"], [], ["95%", "0"], ["30", "5"], [], ["4"] if tongue.is_zh else [], ["10"], []]
    for place, tokens in enumerate(says):
        due.say(f"note {place} term")
        due.say(f"note {place}", tokens)
    return due


def _three(tongue: Tongue, rows: Sequence[dict]) -> list[str]:
    """The first three names, and how many they are of when there are more."""
    return [tongue.name(row) for row in rows[:3]] + ([str(len(rows))] if len(rows) > 3 else [])


def _pairs(rows: Sequence[dict]) -> dict[str, dict]:
    return {row["city_code"]: row for row in rows}


def _answer(due: Due, tongue: Tongue, rows: Cities) -> None:
    behind = rows.behind
    facts = {
        "as_of": tongue.day(rows.as_of),
        "year": str(rows.year),
        "all": str(len(rows.pace)),
        "behind": str(len(behind)),
        "names": [tongue.name(row) for row in behind[:3]],
        "share": tongue.percent(behind[:3][-1]["so_far"]) if behind else "",
    }
    if behind:
        says = tongue.order("as_of year all behind names share", "as_of behind all year names share", facts)
    else:
        says = tongue.order("as_of year all", "as_of all year", facts)
    worse, better = rows.apart("below"), rows.apart("above")
    few = [row for row in rows.funnel if row["funnel_status"] == "too_few"]
    rest = [str(len(rows.funnel) - len(worse) - len(better) - len(few))] if worse or better else []
    unjudged = _three(tongue, few) if len(few) < len(rows.funnel) else []
    due.say("answer", says, _three(tongue, worse), _three(tongue, better), rest, unjudged)


def _own_answer(due: Due, tongue: Tongue, rows: Cities) -> None:
    own = rows.own
    pace = _pairs(rows.pace).get(rows.city)
    facts = {
        "as_of": tongue.day(rows.as_of),
        "year": str(rows.year),
        "city": tongue.name(own),
        "counted": tongue.count(own["counted_sessions"]),
    }
    if pace is None:
        says = tongue.order("as_of city year counted", "as_of city counted year", facts)
    else:
        facts |= {
            "target": tongue.count(pace["target_sessions"]),
            "done": tongue.percent(own["done"], against=1),
            "gap": tongue.count(pace["gap"]),
            "rank": str(pace["gap_rank"]),
            "pace": tongue.percent(pace["pace"], against=1),
            "province": tongue.percent(pace["province"], against=1),
        }
        short = "gap rank " if pace["gap_cause"] else ""
        says = tongue.order(
            f"as_of city year counted target done {short}pace province",
            f"as_of city counted year done target {short}pace province",
            facts,
        )
    rate, low, high = (rows.of(own, end) for end in ("", "_rank_low", "_rank_high"))
    found = _pairs(rows.funnel).get(rows.city)
    if rate is None:
        of_measure: list = []
    else:
        of_measure = [tongue.percent(rate), "95%", *tongue.span(rows.of(own, "_low"), rows.of(own, "_high"))]
        if low is not None and found is not None and found["funnel_status"] == "too_few":
            of_measure.append(tongue.percent(found["province_value"]))
        elif low is not None and found is not None:
            of_measure += [str(low), *([str(high)] if high != low else []), tongue.percent(found["province_value"])]
    due.say("answer", says, of_measure)


def _figure(due: Due, tongue: Tongue, rows: Cities, place: int, says: dict[str, object]) -> None:
    due.say(f"figure {place} label", says.get("label", []))
    due.say(f"figure {place} value", says["value"])
    due.say(f"figure {place} beside", says.get("beside", []))
    due.say(f"figure {place} compare", says.get("compare", []))
    due.say(f"figure {place} dated", tongue.day(rows.as_of))
    due.say(f"figure {place} defines", tongue.meaning(says["of"]))


def _figures(due: Due, tongue: Tongue, rows: Cities) -> None:
    all_of_them = str(len(rows.pace))
    worse, better = rows.apart("below"), rows.apart("above")
    ranked = [card for card in rows.cards if card["is_city"]]
    share = {
        standing: sum(card["priority_standing"] == standing for card in ranked) for standing in ("below", "undecided")
    }
    below = {}
    for row in rows.standardised:
        if row["is_city"] and row["standing"] == "below":
            below.setdefault(row["city_code"], row)
    short = [row for row in rows.pace if row["gap_cause"]]
    figures = [
        {
            "value": str(len(rows.pace) - len(short)),
            "compare": ["▼", str(len(short))] if short else ["▲"],
            "of": "city_pace.gap_sessions",
        },
        {
            "value": str(len(worse) + len(better)),
            "compare": ["▼", str(len(worse)), "▲", str(len(better))],
            "of": "city_funnel.funnel_status",
        },
        {
            "label": "70%",
            "value": str(share["below"]),
            "compare": ["●", str(share["undecided"]), "70%"],
            "of": "city_scorecard.priority_standing",
        },
        {
            "value": str(len(below)),
            "compare": ["▼", *_three(tongue, list(below.values()))] if below else [],
            "of": "city_standardised.standing",
        },
    ]
    for place, says in enumerate(figures):
        _figure(due, tongue, rows, place, says | {"beside": all_of_them})


def _own_figures(due: Due, tongue: Tongue, rows: Cities) -> None:
    own = rows.own
    has_target = own["target_sessions"] is not None
    figures = [
        {
            "value": tongue.count(own["counted_sessions"]),
            "compare": [tongue.count(own["target_sessions"]), tongue.percent(own["done"], against=1)]
            if has_target
            else [],
            "of": "city_scorecard.counted_sessions",
        },
        {
            "value": tongue.percent(own["priority_share_persons"]),
            "compare": [
                STANDING[own["priority_standing"]],
                "70%",
                *tongue.span(own["priority_share_persons_low"], own["priority_share_persons_high"]),
            ],
            "of": "city_scorecard.priority_share_persons",
        },
    ]
    for measure in ("certification_rate", "employment_rate"):
        row = _pairs([row for row in rows.standardised if row["measure"] == measure]).get(rows.city)
        has_rate = row is not None and row["rate"] is not None
        figures.append(
            {
                "value": tongue.percent(row["rate"]) if has_rate else tongue.state("too_early"),
                "compare": [STANDING[row["standing"]], tongue.percent(row["expected_rate"])] if has_rate else [],
                "of": f"city_scorecard.{measure}",
            }
        )
    for place, says in enumerate(figures):
        _figure(due, tongue, rows, place, says)


def _rows_of(seen: dict, key: str, found: dict[str, dict], tongue: Tongue) -> list[dict]:
    """The rows in the order in which the chart's axis names them; all of them, wherever it leaves one out."""
    by_name = {tongue.name(row): row for row in found.values()}
    names = [_plain(text) for _, text in seen["charts"].get(key, {"y": []})["y"]]
    return [by_name[name] for name in names if name in by_name] + [
        row for name, row in by_name.items() if name not in names
    ]


def _plain(text: str) -> str:
    return text.replace("<b>", "").replace("</b>", "")


def _name_at(rows: Sequence[dict], tongue: Tongue) -> Callable[[float], str]:
    return lambda place: tongue.name(rows[int(place)])


def _gaps(due: Due, tongue: Tongue, rows: Cities, seen: dict) -> None:
    first = rows.behind[:3]
    title = [*(tongue.name(row) for row in first), tongue.percent(first[-1]["so_far"])] if first else []
    due.block(title, ["▼", tongue.day(rows.as_of)], "gaps")
    shown = _rows_of(seen, "gaps", _pairs(rows.pace), tongue)
    notes, hovers = [], []
    for place, row in enumerate(shown):
        size = tongue.count(abs(row["gap"]))
        says = {"size": [size], "pace": [size, "▼"], "size_and_pace": [size, "▼"], None: ["▲", size]}
        notes.append(Note(says[row["gap_cause"]], max(row["gap"], 0), place))
        hovers.append(
            [
                tongue.name(row),
                tongue.exact(row["gap"]),
                tongue.exact(row["counted_sessions"]),
                tongue.exact(row["expected_sessions"]),
                tongue.percent(row["pace"], against=1),
            ]
        )
    gaps = [row["gap"] for row in shown]
    due.in_order("chart gaps", gaps)
    trace = Trace(gaps, list(range(len(shown))), hover=hovers, is_drawn=True)
    due.chart("gaps", [trace], notes, ticks=(None, _name_at(shown, tongue)))

    def column(zh: str, en: str, of: str, show: Callable[[dict], object]) -> tuple:
        return zh, en, of, [show(row) for row in rows.pace]

    def standing(name: str) -> Callable[[dict], str]:
        return lambda row: STANDING[row[name]] if row[name] else tongue.state("not_available")

    due.table(
        "gaps",
        [
            ("市", "City", "", None),
            column("差额", "Gap", "city_pace.gap_sessions", lambda row: tongue.exact(row["gap"])),
            column("规模部分", "Of size", "city_pace.gap_of_size", lambda row: tongue.exact(row["gap_of_size"])),
            column("进度部分", "Of pace", "city_pace.gap_of_pace", lambda row: tongue.exact(row["gap_of_pace"])),
            column("占各市差额", "Share of all gaps", "city_pace.gap_share", lambda row: tongue.percent(row["share"])),
            column(
                "计入人次",
                "Counted sessions",
                "city_pace.counted_sessions",
                lambda row: tongue.exact(row["counted_sessions"]),
            ),
            column(
                "应完成人次",
                "Expected by now",
                "city_pace.expected_sessions",
                lambda row: tongue.exact(row["expected_sessions"]),
            ),
            column("进度", "Pace", "city_pace.pace", lambda row: tongue.percent(row["pace"], against=1)),
            column(
                "目标人次",
                "Target sessions",
                "city_pace.target_sessions",
                lambda row: tongue.exact(row["target_sessions"]),
            ),
            column("目标依据", "Basis of target", "city_pace.target_basis", lambda _: []),
            column(
                "取证率与应有", "Certification against expected", "city_standardised.standing", standing("certified")
            ),
            column("就业率与应有", "Employment against expected", "city_standardised.standing", standing("employed")),
        ],
        [tongue.name(row) for row in rows.pace],
    )
    due.block([])
    items = []
    for row in rows.behind[:3]:
        pace = tongue.percent(row["pace"], against=row["province"])
        province = tongue.percent(row["province"])
        of_size, of_pace = tongue.count(row["gap_of_size"]), tongue.count(row["gap_of_pace"])
        why = {
            "size": [pace, province],
            "pace": tongue.order(
                "pace province of_pace of_size",
                "pace province of_pace of_size",
                {"pace": pace, "province": province, "of_pace": of_pace, "of_size": of_size},
            ),
            "size_and_pace": [of_size, of_pace, pace, province],
        }[row["gap_cause"]]
        items.append(["▼", tongue.name(row), tongue.count(row["gap"]), tongue.percent(row["share"]), why])
    due.items(*(items or [[]]))


def _hover(tongue: Tongue, rows: Cities, row: dict) -> list[str]:
    card = rows.card[row["city_code"]]
    return [
        tongue.name(row),
        tongue.percent(row["value"]),
        *tongue.span(rows.of(card, "_low"), rows.of(card, "_high")),
        tongue.exact(row["numerator"]),
        tongue.exact(row["denominator"]),
    ]


def _dots(tongue: Tongue, rows: Cities, shown: Sequence[dict]) -> list[Trace]:
    """The intervals as one line with gaps, and the dots."""
    x, y = [], []
    for place, row in enumerate(shown):
        card = rows.card[row["city_code"]]
        x += [rows.of(card, "_low"), rows.of(card, "_high"), None]
        y += [place, place, None]
    values = [row["value"] for row in shown]
    hovers = [_hover(tongue, rows, row) for row in shown]
    return [Trace(x, y), Trace(values, list(range(len(shown))), hover=hovers, is_drawn=True)]


def _ranks(due: Due, tongue: Tongue, rows: Cities, seen: dict) -> None:
    cards = [rows.card[row["city_code"]] for row in rows.funnel]
    first = [card for card in cards if rows.of(card, "_rank_low") == 1]
    last = [card for card in cards if rows.of(card, "_rank_high") == len(cards)]
    title = [tongue.name(found[0]) if len(found) == 1 else str(len(found)) for found in (first, last)]
    due.block(title, ["95%", "1", "▲ ▼ ●", tongue.day(rows.as_of)], "ranks")
    shown = _rows_of(seen, "ranks", _pairs(rows.funnel), tongue)
    notes = []
    for place, row in enumerate(shown):
        card = rows.card[row["city_code"]]
        notes.append(Note([str(rows.of(card, end)) for end in ("_rank", "_rank_low", "_rank_high")], 1, place))
    province = rows.funnel[0]["province_value"]
    notes.append(Note([tongue.percent(province)], province, 1))
    due.in_order("chart ranks", [rows.of(rows.card[row["city_code"]], "_rank") for row in shown], falling=False)
    due.chart(
        "ranks", _dots(tongue, rows, shown), notes, ticks=(tongue.limit, _name_at(shown, tongue)), lines=[province]
    )
    ranked = [card for card in rows.cards if rows.of(card) is not None]
    due.table(
        "ranks",
        [("市", "City", "", None), *_measure_columns(tongue, rows.measure, ranked)],
        [tongue.name(card) for card in ranked],
    )


def _measure_columns(tongue: Tongue, measure: str, cards: Sequence[dict]) -> list[tuple]:
    """A measure with its interval, its rank with the rank's range."""
    zh, en = MEASURES[measure]
    rates, ranks = [], []
    for card in cards:
        rate, low, high = (card[f"{measure}{end}"] for end in ("", "_low", "_high"))
        ends = [] if low is None else tongue.span(low, high)
        rates.append([tongue.state("not_available")] if rate is None else [tongue.percent(rate), *ends])
        rank = [card[f"{measure}_rank{end}"] for end in ("", "_low", "_high")]
        ranks.append([tongue.state("not_available")] if rank[0] is None else [str(place) for place in rank])
    return [
        (zh, en, f"city_scorecard.{measure}", rates),
        (f"{zh}名次", f"Rank: {en}", f"city_scorecard.{measure}_rank_low", ranks),
    ]


def _limits(due: Due, tongue: Tongue, rows: Cities) -> None:
    out = [*rows.apart("below"), *rows.apart("above")]
    count = [str(len(out))] if out else []
    due.block([*count, *_three(tongue, out)], ["▲ ▼ ●", tongue.day(rows.as_of)], "limits")
    sizes = [limit["denominator"] for limit in rows.limits]
    lines = ("limit_998_low", "limit_998_high", "limit_95_low", "limit_95_high", "province_value")
    traces = [Trace(sizes, [limit[name] for limit in rows.limits]) for name in lines]
    traces.append(
        Trace(
            [row["denominator"] for row in rows.funnel],
            [row["value"] for row in rows.funnel],
            hover=[_hover(tongue, rows, row) for row in rows.funnel],
            text=[
                [tongue.name(row)] if row["tone"] != "undecided" or row["city_code"] == rows.city else []
                for row in rows.funnel
            ],
            is_drawn=True,
        )
    )
    notes = []
    if rows.limits:
        last = rows.limits[-1]
        for name, says in (
            ("limit_998_high", "99.8%"),
            ("limit_95_high", "95%"),
            ("province_value", tongue.percent(rows.funnel[0]["province_value"])),
            ("limit_95_low", "95%"),
            ("limit_998_low", "99.8%"),
        ):
            notes.append(Note([says], last["denominator"], last[name]))
    due.chart("limits", traces, notes, ticks=(tongue.count, tongue.limit))
    _limit_table(due, tongue, rows, "limits")


def _limit_table(due: Due, tongue: Tongue, rows: Cities, key: str) -> None:
    def share(zh: str, en: str, name: str) -> tuple:
        return zh, en, f"city_funnel.{name}", [tongue.percent(row[name]) for row in rows.funnel]

    def number(zh: str, en: str, name: str) -> tuple:
        return zh, en, f"city_funnel.{name}", [tongue.exact(row[name]) for row in rows.funnel]

    status = {"inside": [], "alert": ["95%"], "alarm": ["99.8%"], "too_few": [tongue.state("not_assessed")]}
    due.table(
        key,
        [
            ("市", "City", "", None),
            share(*MEASURES[rows.measure], "value"),
            number("分子", "Numerator", "numerator"),
            number("分母", "Denominator", "denominator"),
            share("全区", "Province", "province_value"),
            share("95%下限", "95% lower", "limit_95_low"),
            share("95%上限", "95% upper", "limit_95_high"),
            share("99.8%下限", "99.8% lower", "limit_998_low"),
            share("99.8%上限", "99.8% upper", "limit_998_high"),
            ("位置", "Place", "city_funnel.funnel_status", [status[row["funnel_status"]] for row in rows.funnel]),
        ],
        [tongue.name(row) for row in rows.funnel],
    )


def _place(due: Due, tongue: Tongue, rows: Cities, kind: str) -> None:
    worse, better = _three(tongue, rows.apart("below")), _three(tongue, rows.apart("above"))
    due.block([worse, better], ["▲ ▼ ●", tongue.day(rows.as_of)], "place")
    if kind == "tiles":
        with (GEO / "city_tile.csv").open(encoding="utf-8", newline="") as file:
            at = {
                tile["city_code"]: (int(tile["column"]) + 0.5, int(tile["row"]) + 0.5) for tile in csv.DictReader(file)
            }
    else:
        outlines = json.loads((GEO / "guangxi_city.geojson").read_text("utf-8"))["features"]
        at = {outline["id"]: outline["properties"]["centre"] for outline in outlines}
    traces, notes = [], []
    for row in rows.funnel:
        rate = tongue.percent(rows.of(rows.card[row["city_code"]]))
        is_quiet = kind != "tiles" and row["tone"] == "undecided" and row["city_code"] != rows.city
        says = [tongue.name(row), *([] if is_quiet else [SIGNS[row["tone"]], rate])]
        notes.append(Note(says, *at[row["city_code"]]))
        traces.append(Trace([], None, hover=[_hover(tongue, rows, row)]))
    for trace in traces:
        trace.x = None  # the outline itself
    if kind != "tiles":
        notes.append(Note([], 0, 0))
    due.chart("place", traces, notes)
    _limit_table(due, tongue, rows, "place")


def _expected(due: Due, tongue: Tongue, rows: Cities, seen: dict) -> None:
    found = [row for row in rows.standardised if row["measure"] == rows.measure and row["is_city"]]
    if not found:
        due.block([])
        due.items([])
        return
    below = [row for row in found if row["standing"] == "below"]
    above = [row for row in found if row["standing"] == "at_or_above"]
    due.block([_three(tongue, below), _three(tongue, above)], ["1", "95%", tongue.day(rows.as_of)], "expected")
    shown = _rows_of(seen, "expected", _pairs(found), tongue)
    x, y = [], []
    for place, row in enumerate(shown):
        x += [row["observed_expected_low"], row["observed_expected_high"], None]
        y += [place, place, None]
    hovers = [[tongue.name(row), tongue.percent(row["rate"]), tongue.percent(row["expected_rate"])] for row in shown]
    ratios = [row["observed_expected"] for row in shown]
    due.in_order("chart expected", ratios)
    notes = [Note([STANDING[row["standing"]]], 1, place) for place, row in enumerate(shown)]
    notes.append(Note([], 1, 1))
    due.chart(
        "expected",
        [Trace(x, y), Trace(ratios, list(range(len(shown))), hover=hovers, is_drawn=True)],
        notes,
        ticks=(lambda value: tongue.decimal(value, 2), _name_at(shown, tongue)),
        lines=[1],
    )

    def interval(name: str, show: Callable[[float], str]) -> list[list[str]]:
        return [[show(row[f"{name}{end}"]) for end in ("", "_low", "_high")] for row in found]

    def share(zh: str, en: str, name: str) -> tuple:
        return zh, en, f"city_standardised.{name}", [tongue.percent(row[name]) for row in found]

    def points(zh: str, en: str, name: str) -> tuple:
        return zh, en, f"city_standardised.{name}", [tongue.points(row[name], 2) for row in found]

    due.table(
        "expected",
        [
            ("市", "City", "", None),
            (
                "实际 ÷ 应有",
                "Observed ÷ expected",
                "city_standardised.observed_expected",
                interval("observed_expected", lambda value: tongue.decimal(value, 2)),
            ),
            ("实际", "Observed", "city_standardised.rate", interval("rate", tongue.percent)),
            share("应有", "Expected", "expected_rate"),
            points("与全区相差（百分点）", "From the province (pp)", "difference"),
            points("其中结构（百分点）", "Of mix (pp)", "difference_of_mix"),
            points("结构以外（百分点）", "Beyond mix (pp)", "difference_beyond_mix"),
            share("可比比例", "Comparable", "comparable_share"),
            (
                "与应有水平",
                "Against expected",
                "city_standardised.standing",
                [STANDING[row["standing"]] for row in found],
            ),
        ],
        [tongue.name(row) for row in found],
    )


def _peers(due: Due, tongue: Tongue, rows: Cities, seen: dict) -> None:
    if not rows.peers:
        return
    codes = {rows.city, *(row["peer_code"] for row in rows.peers)}
    found = [row for row in rows.funnel if row["city_code"] in codes]
    others = [row["value"] for row in found if row["city_code"] != rows.city]
    ends = [tongue.percent(min(others, default=None)), tongue.percent(max(others, default=None))]
    subtitle = tongue(f"4 95% {tongue.day(rows.as_of)}", f"95% {tongue.day(rows.as_of)}")
    due.block([tongue.name(rows.own), tongue.percent(rows.of(rows.own)), *ends], [subtitle], "peers")
    shown = _rows_of(seen, "peers", _pairs(found), tongue)
    due.in_order("chart peers", [row["value"] for row in shown], falling=rows.measure != "violation_rate")
    notes = [Note([tongue.percent(row["value"])], 1, place) for place, row in enumerate(shown)]
    due.chart("peers", _dots(tongue, rows, shown), notes, ticks=(tongue.limit, _name_at(shown, tongue)))
    cards = [rows.card[row["peer_code"]] for row in rows.peers]
    rates = _measure_columns(tongue, rows.measure, cards)[0]
    due.table(
        "peers",
        [
            ("市", "City", "", None),
            ("相近次序", "Nearness", "city_peer.peer_rank", [str(row["peer_rank"]) for row in rows.peers]),
            ("距离", "Distance", "city_peer.distance", [tongue.decimal(row["distance"], 2) for row in rows.peers]),
            (
                "2020年人口",
                "Population 2020",
                "city_peer.peer_population_2020",
                [tongue.exact(row["peer_population_2020"]) for row in rows.peers],
            ),
            (
                "每万人人次",
                "Sessions per 10,000",
                "city_peer.peer_sessions_per_10k",
                [tongue.decimal(row["peer_sessions_per_10k"], 1) for row in rows.peers],
            ),
            rates,
        ],
        [tongue.name(row) for row in rows.peers],
    )


def _own_mix(due: Due, tongue: Tongue, rows: Cities) -> None:
    due.block([tongue.name(rows.own)], ["1", "95%", tongue.day(rows.as_of)])
    says = []
    for row in rows.standardised:
        if row["city_code"] == rows.city and row["rate"] is not None:
            says += [
                tongue.percent(row["rate"]),
                *tongue.span(row["rate_low"], row["rate_high"]),
                tongue.percent(row["expected_rate"]),
                tongue.decimal(row["observed_expected"], 2),
                tongue.points(row["difference"]),
                tongue.points(row["difference_of_mix"]),
                tongue.points(row["difference_beyond_mix"]),
            ]
    due.items(says or [tongue.state("too_early")])


def _losses(due: Due, tongue: Tongue, rows: Cities) -> None:
    day, name = tongue.day(rows.as_of), tongue.name(rows.own)
    if not rows.losses:
        due.block([name], [day])
        due.items([])
        return
    hidden = tongue.state("suppressed")
    most = rows.losses[0]
    title = [name] if most["is_suppressed"] else [name, tongue.name(most), tongue.count(most["lost_sessions"])]
    due.block(title, [day], "losses")
    notes, hovers, cells = [], [], []
    for place, loss in enumerate(rows.losses):
        lost = hidden if loss["is_suppressed"] else tongue.exact(loss["lost_sessions"])
        notes.append(Note([lost], loss["lost_sessions"] or 0, place))
        hovers.append(["10"] if loss["is_suppressed"] else [tongue.name(loss), lost])
        cells.append(lost)
    lost = [loss["lost_sessions"] for loss in rows.losses]
    due.chart(
        "losses",
        [Trace(lost, list(range(len(lost))), hover=hovers, is_drawn=True)],
        notes,
        ticks=(None, _name_at(rows.losses, tongue)),
    )
    due.table(
        "losses",
        [
            ("规则", "Rule", "", None),
            ("未计入人次", "Sessions lost", "city_rule_loss.lost_sessions", cells),
            (
                "条款",
                "Clause",
                "dim_rule.clause",
                [loss["clause"] or tongue.state("not_available") for loss in rows.losses],
            ),
        ],
        [tongue.name(loss) for loss in rows.losses],
    )


def _scorecard(due: Due, tongue: Tongue, rows: Cities) -> None:
    due.block(["14"], ["95%", tongue.day(rows.as_of)])
    pace = _pairs(rows.pace)
    absent, early = tongue.state("not_available"), tongue.state("too_early")

    def of_pace(show: Callable[[dict], str]) -> list[str]:
        return [
            absent if not card["is_city"] else show(pace[card["city_code"]]) if card["city_code"] in pace else early
            for card in rows.cards
        ]

    counted = [tongue.exact(card["counted_sessions"]) for card in rows.cards]
    targets = [tongue.exact(card["target_sessions"]) for card in rows.cards]
    done = [tongue.percent(card["done"]) for card in rows.cards]
    due.table(
        "scorecard",
        [
            ("市", "City", "", None),
            ("计入人次", "Counted sessions", "city_scorecard.counted_sessions", counted),
            ("目标（参考）", "Target (reference)", "city_scorecard.target_sessions", targets),
            ("完成率", "Attainment", "city_scorecard.attainment", done),
            ("进度", "Pace", "city_pace.pace", of_pace(lambda row: tongue.percent(row["pace"], against=1))),
            ("差额", "Gap", "city_pace.gap_sessions", of_pace(lambda row: tongue.exact(row["gap"]))),
            *(column for measure in IN_SCORECARD for column in _measure_columns(tongue, measure, rows.cards)),
        ],
        [tongue.name(card) for card in rows.cards],
    )
