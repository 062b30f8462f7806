"""What may have been meant: the likeliest entries of a list for a value that is not in it."""

import difflib

from skillsdw.codes import ExtractColumn, spelling
from skillsdw.seeds import cache, read_seed

_MOST = 3
_LIKE = 0.4
# From here on a text is taken for a place's miswritten name, and may be shown.
_LIKE_A_PLACE = 0.6
_LONGEST = 30


def hint_of(column: ExtractColumn, text: str) -> tuple[str, str]:
    """The three likeliest entries of a column's list in words (Chinese, English); empty when nothing is like it."""
    names = _places() if column.kind == "county" else _entries(column.code_list) if column.code_list else {}
    form = spelling(text)
    if len(form) > _LONGEST or form.isdigit() or not names:
        return "", ""
    near = difflib.get_close_matches(form, names, _MOST, _LIKE)
    labels = list(dict.fromkeys(names[name] for name in near))
    if not labels:
        return "", ""
    return f"是否指:{'、'.join(labels)}?", f"is one of these meant: {', '.join(labels)}?"


def resembles_county(text: str) -> bool:
    """Whether a text is nearly the name of a place of Guangxi, so that showing it tells of nobody."""
    form = spelling(text)
    return len(form) <= _LONGEST and bool(difflib.get_close_matches(form, _places(), 1, _LIKE_A_PLACE))


@cache
def _entries(code_list: str) -> dict[str, str]:
    """Spelling → how an entry is called in a message: its code and name."""
    rows = read_seed(code_list)
    code = next(iter(rows[0]))
    entries = {}
    for row in rows:
        label = row["name_zh"] if row["name_zh"] == row[code] else f"{row['name_zh']}({row[code]})"
        for name in (row[code], row["name_zh"], row["name_en"], *row.get("aliases", "").split("|")):
            if name:
                entries.setdefault(spelling(name), label)
    return entries


@cache
def _places() -> dict[str, str]:
    cities = {row["city_code"]: row["name_zh"] for row in read_seed("city")}
    places = {spelling(name): name for name in cities.values()}
    for row in read_seed("county"):
        label = f"{cities[row['city_code']]}{row['name_zh']}"
        places.setdefault(spelling(row["name_zh"]), label)
        places[spelling(label)] = label
    return places
