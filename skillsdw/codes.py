"""The seeds as Python reads them: code lists, extract columns, headers, reasons.

`seeds/*.csv` is the only home of codes and names; nothing here repeats one.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from skillsdw.seeds import cache, read_seed


@dataclass(frozen=True)
class ExtractColumn:
    """One column of `seeds/extract_column.csv`. `minimum` and `maximum` bound an integer; of a text `maximum` is the
    longest length, of a date `minimum` the first year and `maximum` how many years it may lie ahead."""

    extract: str
    name: str
    position: int
    # text (a key or a number) · free_text · person_id · person_name · institution_name · payee · uscc · county · code ·
    # occupation · date · integer · stars · amount · boolean
    kind: str
    code_list: str | None
    is_required: bool
    is_key: bool
    minimum: int | None
    maximum: int | None


def stored_names(column: ExtractColumn) -> tuple[str, ...]:
    """The columns of `raw.<extract>` that an extract's column becomes: none for a name, several for an ID.

    A person who is paid is a pseudonym, an organization its own code. An occupation that its list does not have is kept
    as a name.
    """
    match column.kind:
        case "person_name" | "institution_name":
            return ()
        case "person_id":
            return "person_key", "birth_year", "sex", "origin_region"
        case "payee":
            role = column.name.removesuffix("_id")
            return f"{role}_key", f"{role}_code"
        case "occupation":
            return column.name, f"{column.name.removesuffix('_code')}_name"
    return (column.name,)


def plain(text: str) -> str:
    """NFKC without format and control characters; every dash of Unicode is the ASCII one."""
    folded = unicodedata.normalize("NFKC", text)
    if folded.isascii() and folded.isprintable():
        return folded
    kept = []
    for character in folded:
        category = unicodedata.category(character)
        if category == "Pd" or character in OTHER_DASHES:
            kept.append("-")
        elif category not in ("Cf", "Cc") or character in "\t\n\r":
            kept.append(character)
    return "".join(kept)


# Dashes to the eye that Unicode files elsewhere: minus signs, hyphen bullet, a line of a table.
OTHER_DASHES = "\u2212\u2043\u02d7\u2500\u2796"


def spelling(text: str) -> str:
    """The form in which two spellings of one name are equal: `plain`, no white space, lower case."""
    return "".join(plain(text).split()).lower()


@cache
def extract_names() -> tuple[str, ...]:
    return tuple(row["extract"] for row in read_seed("extract"))


@cache
def extract_columns(extract: str) -> tuple[ExtractColumn, ...]:
    """The columns of one extract in order."""
    return tuple(
        ExtractColumn(
            extract=extract,
            name=row["column_name"],
            position=int(row["position"]),
            kind=row["kind"],
            code_list=row["code_list"] or None,
            is_required=row["is_required"] == "true",
            is_key=row["is_key"] == "true",
            minimum=int(row["min_value"]) if row["min_value"] else None,
            maximum=int(row["max_value"]) if row["max_value"] else None,
        )
        for row in sorted(read_seed("extract_column"), key=lambda row: int(row["position"]))
        if row["extract"] == extract
    )


@cache
def key_names() -> frozenset[str]:
    """Every column that is part of some extract's natural key: its values are mostly distinct wherever it stands."""
    return frozenset(row["column_name"] for row in read_seed("extract_column") if row["is_key"] == "true")


@cache
def code_lookup(code_list: str) -> dict[str, str]:
    """Spelling (see `spelling`) → code: the code itself, its two names, its aliases.

    The code is the seed's first column. A code's own spelling wins over another code's alias.
    """
    rows = read_seed(code_list)
    code_column = next(iter(rows[0]))
    lookup = {spelling(row[code_column]): row[code_column] for row in rows}
    for row in rows:
        names = [row["name_zh"], row["name_en"], *row.get("aliases", "").split("|")]
        for name in names:
            if name:
                lookup.setdefault(spelling(name), row[code_column])
    return lookup


@cache
def county_lookup() -> dict[str, frozenset[str]]:
    """Spelling of a place of Guangxi → the codes it may mean (more than one: ambiguous).

    A place is known by its code, its name, its name without 市 · 县 · 区 · 自治县 (two characters or more),
    and by city and county together, 广西 in front or not. A replaced code or name means the newer one.
    """
    cities = {row["city_code"]: row for row in read_seed("city")}
    lookup: dict[str, set[str]] = defaultdict(set)

    def add(name: str, code: str, city_name: str = "") -> None:
        for form in {name, _short(name)}:
            lookup[spelling(form)].add(code)
            for prefix in ("广西", "广西壮族自治区"):
                lookup[spelling(prefix + city_name + form)].add(code)
            if city_name:
                lookup[spelling(city_name + form)].add(code)

    for code, row in cities.items():
        lookup[code].add(code)
        add(row["name_zh"], code)
        lookup[spelling(row["name_en"])].add(code)
    lookup[spelling("广西壮族自治区本级")].add("450000")
    city_of = {}
    for row in read_seed("county"):
        city_of[row["county_code"]] = row["city_code"]
        lookup[row["county_code"]].add(row["county_code"])
        add(row["name_zh"], row["county_code"], cities[row["city_code"]]["name_zh"])
    for row in read_seed("county_alias"):
        lookup[row["old_code"]] = {row["county_code"]}
        add(row["old_name_zh"], row["county_code"], cities[city_of[row["county_code"]]]["name_zh"])
    return {name: frozenset(codes) for name, codes in lookup.items()}


_PEOPLES = ("各族", "壮族", "瑶族", "苗族", "侗族", "仫佬族", "毛南族")


def _short(name: str) -> str:
    """龙胜各族自治县 → 龙胜, 横州市 → 横州; 横县 stays: one character is no name."""
    short = name.removesuffix("自治县")
    while short != name and (people := next((p for p in _PEOPLES if short.endswith(p)), None)):
        short = short.removesuffix(people)
    if short == name:
        short = name[:-1] if name[-1] in "市县区" else name
    return short if len(short) >= 2 else name


# What a bracket behind a header may say without another meaning; (万元), (标准) or (家长) are no such thing.
_BRACKET = re.compile(
    r"(?:必填|必填项|必须|非空|选填|可选|单选|多选|下拉|下拉选择|请选择|选择|元|人民币|人民币元|单位:?元|rmb|cny|¥|"
    r"课时|学时|小时|个|人|名|人次|家|\d+位|\d+位数字|文本|文本格式|数字|数值|日期|日期格式|"
    r"年月日|年/月/日|年-月-日|年\.月\.日|年月|年/月|年-月|"
    r"y+[-/.年]?m+(?:[-/.月]?d+日?)?|y+m+d+|代码|编码|是/否|是或否|填是或否|格式.*|如.*|例.*|示例.*|\*)"
)
_TRAILING_BRACKET = re.compile(r"^(.+?)[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]$")
IN_TEN_THOUSANDS = "(万元)"


def header_spelling(text: str) -> str:
    """A header cell as it is compared: `spelling` without the marks of a required column."""
    return spelling(text).strip("*※").removesuffix(":")


def header_forms(text: str) -> Iterator[str]:
    """The spellings under which a header cell is looked up: as it is, then without a bracket that only explains it."""
    form = header_spelling(text)
    yield form
    while match := _TRAILING_BRACKET.match(form):
        words = [word for word in re.split(r"[,，、;；|]", match[2]) if word]
        if not all(_BRACKET.fullmatch(word) for word in words):
            return
        form = match[1].strip("*※")
        yield form


@dataclass(frozen=True)
class HeaderWord:
    """What a header may mean: the columns that it fills (two for 培训时间) and its rank among their synonyms, 0 the
    best. One that is not read is known, so that it can be named, and never taken for the column (a standard is no
    payment)."""

    columns: tuple[str, ...]
    rank: int
    is_read: bool


@cache
def header_lookup(extract: str) -> dict[str, HeaderWord]:
    """Header spelling → what it means. A canonical name comes before any synonym, and these in the order of the
    seed."""
    lookup = {header_spelling(c.name): HeaderWord((c.name,), 0, True) for c in extract_columns(extract)}
    for rank, row in enumerate(read_seed("header_synonym"), start=1):
        if row["extract"] == extract:
            word = HeaderWord(tuple(row["column_name"].split("+")), rank, row["is_read"] == "true")
            lookup.setdefault(header_spelling(row["header_zh"]), word)
    return lookup


def header_word(extract: str, cell: str | None) -> HeaderWord | None:
    """What a header cell means in an extract; None for one that is not known."""
    if not cell:
        return None
    known = _header_words(extract)
    if cell not in known:
        if len(known) >= _MOST_WORDS:
            known.clear()
        lookup = header_lookup(extract)
        known[cell] = next((lookup[form] for form in header_forms(cell) if form in lookup), None)
    return known[cell]


# A cell is looked up several times while the header is looked for; what is kept of them has a bound.
_MOST_WORDS = 4096


@cache
def _header_words(_extract: str) -> dict[str, HeaderWord | None]:
    return {}


@cache
def header_names(extract: str, column_name: str) -> tuple[str, ...]:
    """Every header that names a column, the canonical one first: for messages."""
    synonyms = [
        row["header_zh"]
        for row in read_seed("header_synonym")
        if row["extract"] == extract and row["is_read"] == "true" and column_name in row["column_name"].split("+")
    ]
    return (column_name, *synonyms)


@cache
def header_values(extract: str) -> dict[str, dict[str, str]]:
    """Header spelling → spelling of a value → its code, where a header turns the values round (是否合格: 是 is
    pass)."""
    values: dict[str, dict[str, str]] = defaultdict(dict)
    for row in read_seed("header_value"):
        if row["extract"] == extract:
            values[header_spelling(row["header_zh"])][spelling(row["value_zh"])] = row["code"]
    return dict(values)


OCCUPATION_CODE = re.compile(r"\d-\d{2}-\d{2}-\d{2}(?:-\d{2})?")


@cache
def occupation_lookup() -> dict[str, str]:
    """Spelling → occupation code: the code, the names of the occupation and of its job types."""
    lookup: dict[str, str] = {}
    for row in read_seed("occupation"):
        for name in (row["occupation_code"], row["name_zh"], row["name_en"]):
            if name:
                lookup.setdefault(spelling(name), row["occupation_code"])
    return lookup


@cache
def reason_messages() -> dict[str, tuple[str, str]]:
    """Reason code → its message in Chinese and in English."""
    return {row["reason_code"]: (row["message_zh"], row["message_en"]) for row in read_seed("reason")}


@cache
def reason_actions() -> dict[str, tuple[str, str]]:
    """Reason code → what to do about it, in Chinese and in English."""
    return {row["reason_code"]: (row["action_zh"], row["action_en"]) for row in read_seed("reason")}
