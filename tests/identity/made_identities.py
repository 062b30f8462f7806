"""Identities that are nobody's, in every way in which a ledger carries them."""

from collections.abc import Callable
from datetime import date
from urllib.parse import quote

TODAY = date(2026, 10, 31)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

NAME = "韦晓阳"
ID, ID_X = "450103199003070013", "45010319900307001X"
WRONG = "450103199003070012"
OLD_ID = "450103900307001"
FOREIGNER = "945840199003070013"
MOBILE = "13800138000"
CARD = "6222021001116245702"
CARD_16 = "6225880112345678"


def with_check(first17: str) -> str:
    """The eighteen characters that begin so (GB 11643)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first17, strict=True))
    return first17 + "10X98765432"[total % 11]


def with_luhn(digits: str) -> str:
    """A card's number that begins so."""
    for last in "0123456789":
        number = digits + last
        doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(number))]
        if sum(d - 9 * (d > 9) for d in doubled) % 10 == 0:
            return number
    raise AssertionError


CARD, CARD_16 = with_luhn(CARD[:-1]), with_luhn(CARD_16[:-1])


def written_in(digits: str) -> Callable[[str], str]:
    """A writer of numbers with other digits."""
    return lambda number: number.translate(str.maketrans("0123456789", digits))


def grouped(mark: str) -> Callable[[str], str]:
    """A writer of an ID in its groups."""
    return lambda number: mark.join((number[:6], number[6:10], number[10:14], number[14:]))


SCRIPTS = {
    "full width": "０１２３４５６７８９",
    "Arabic-Indic": "٠١٢٣٤٥٦٧٨٩",
    "Persian": "۰۱۲۳۴۵۶۷۸۹",
    "Devanagari": "०१२३४५६७८९",
    "Bengali": "০১২৩৪৫৬৭৮৯",
    "Thai": "๐๑๒๓๔๕๖๗๘๙",
    "Tibetan": "༠༡༢༣༤༥༦༧༨༩",
    "superscript": "⁰¹²³⁴⁵⁶⁷⁸⁹",
    "subscript": "₀₁₂₃₄₅₆₇₈₉",
    "circled": "⓪①②③④⑤⑥⑦⑧⑨",
    "negative circled": "⓿❶❷❸❹❺❻❼❽❾",
    "double circled": "0⓵⓶⓷⓸⓹⓺⓻⓼⓽",
    "dingbat": "0➀➁➂➃➄➅➆➇➈",
    "bold": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
    "double-struck": "𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡",
    "monospace": "𝟶𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿",
    "segmented": "🯰🯱🯲🯳🯴🯵🯶🯷🯸🯹",
    "Chinese": "〇一二三四五六七八九",
    "Chinese zero": "零一二三四五六七八九",
    "financial": "零壹贰叁肆伍陆柒捌玖",
    "Suzhou": "〇〡〢〣〤〥〦〧〨〩",
}
MARKS = {
    "space": " ",
    "hyphen": "-",
    "dot": ".",
    "underscore": "_",
    "slash": "/",
    "backslash": "\\",
    "comma": ",",
    "colon": ":",
    "en dash": "–",
    "em dash": "—",
    "minus": "−",
    "no-break hyphen": "‑",
    "soft hyphen": "\u00ad",
    "zero width": "\u200b",
    "joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "right to left": "\u200f",
    "override": "\u202e",
    "isolate": "\u2067",
    "no-break space": "\u00a0",
    "wide space": "\u3000",
    "thin space": "\u2009",
    "tab": "\t",
    "line": "\n",
    "middle dot": "·",
    "bullet": "•",
    "wide dot": "．",
    "Chinese comma": "，",
    "pause": "、",
    "tilde": "~",
    "wide hyphen": "－",
    "star": "*",
    "bar": "|",
    "plus": "+",
    "hash": "#",
    "quote": "'",
    "variation": "\ufe0f",
    "three spaces": "   ",
    "space hyphen": " - ",
    "brackets": ")(",
    "accent": "\u0301",
}


def shapes() -> dict[str, str]:
    """Every shape by its name: whole values that identify nobody, though a detector cannot know it."""
    found = {"18 digits": ID, "wrong check digit": WRONG, "with X": ID_X, "with x": ID_X.lower(), "17 digits": ID[:17]}
    found |= {f"digits {name}": written_in(digits)(ID) for name, digits in SCRIPTS.items()}
    found |= {f"groups by {name}": grouped(mark)(WRONG) for name, mark in MARKS.items()}
    found |= {f"digits by {name}": mark.join(ID) for name, mark in MARKS.items()}
    found |= {f"X as {letter}": ID[:17] + letter for letter in "xХх×✕✖Χχⅹ𝐗Ｘ"}
    found |= {
        "O for 0": ID.replace("0", "O"),
        "o for 0": ID.replace("0", "o"),
        "l for 1": ID.replace("1", "l"),
        "I for 1": ID.replace("1", "I"),
        "O, l": ID.replace("0", "O").replace("1", "l"),
        "Cyrillic О": ID.replace("0", "О"),
        "keycaps": "".join(f"{digit}\ufe0f\u20e3" for digit in ID),
        "struck through": "".join(f"{digit}\u0336" for digit in ID),
        "15 digits": OLD_ID,
        "15 digits in groups": f"{OLD_ID[:6]}-{OLD_ID[6:12]}-{OLD_ID[12:]}",
        "behind letters": f"BM{ID}",
        "behind letters, wrong": f"BM{WRONG}",
        "within a key": f"2025-{ID}-1",
        "within a key, wrong": f"2025-{WRONG}-01",
        "behind a year": f"2025{WRONG}",
        "behind a month": f"202503{ID}",
        "behind a county": f"450103{WRONG}",
        "before a number": f"{ID}01",
        "among digits": f"88{with_check(ID[:17])}77",
        "backwards": with_check(ID[:17])[::-1],
        "after a word": f"身份证号：{grouped(' ')(WRONG)}",
        "with words for the date": f"{ID[:6]} 1990年03月07日 {ID[14:]}",
        "in brackets": f"（{ID}）",
        "quoted": f'"{ID}"',
        "apostrophe": f"'{ID}",
        "formula": f'="{ID}"',
        "JSON": f'{{"id": "{ID}"}}',
        "decimal": f"{ID}.0",
        "scientific": f"{ID[0]}.{ID[1:]}E+17",
        "scientific of fifteen digits": f"{ID[0]}.{ID[1:15]}E+17",
        "escaped for a sheet": "".join(f"_x{ord(digit):04X}_" for digit in ID),
        "first escaped for a sheet": f"_x0034_{ID[1:]}",
        "entities": "".join(f"&#{ord(digit)};" for digit in ID),
        "entities in hexadecimal": "".join(f"&#x{ord(digit):x};" for digit in ID),
        "entities without an end": "".join(f"&#{ord(digit)}" for digit in ID),
        "entity between": "&nbsp;".join((ID[:6], ID[6:14], ID[14:])),
        "address": "".join(f"%{ord(digit):02X}" for digit in ID),
        "address twice": "".join(f"%25{ord(digit):02X}" for digit in ID),
        "address of full width": quote(written_in(SCRIPTS["full width"])(ID)),
        "backslash u": "".join(f"\\u{ord(digit):04x}" for digit in ID),
        "backslash x": "".join(f"\\x{ord(digit):02x}" for digit in ID),
        "foreigner": FOREIGNER,
        "foreigner, wrong": FOREIGNER[:17] + "4",
        "foreigner's former card": "USA450190030712",
        "foreigner's former card in groups": "USA 4501 900307 12",
        "Hong Kong resident": with_check("81000019900307001"),
        "Macao resident": with_check("82000019900307001"),
        "Taiwan resident": with_check("83000019900307001"),
        "mobile": MOBILE,
        "mobile by spaces": "138 0013 8000",
        "mobile by hyphens": "138-0013-8000",
        "mobile with 86": f"+86{MOBILE}",
        "mobile with 86 and marks": "+86-138-0013-8000",
        "mobile with 0086": f"0086{MOBILE}",
        "mobile in brackets": "(86)138 0013 8000",
        "mobile, l and O": MOBILE.replace("1", "l").replace("0", "O"),
        "mobile of full width": written_in(SCRIPTS["full width"])(MOBILE),
        "mobile in Chinese": written_in("零幺二三四五六七八九")(MOBILE),
        "mobile behind letters": f"BM{MOBILE}",
        "mobile within a key": f"2025-{MOBILE}",
        "mobile after a word": f"电话:{MOBILE}",
        "mobile as a decimal": f"{MOBILE}.0",
        "card of 19": CARD,
        "card of 16": CARD_16,
        "card by spaces": " ".join(CARD[at : at + 4] for at in range(0, 19, 4)),
        "card by hyphens": "-".join(CARD_16[at : at + 4] for at in range(0, 16, 4)),
        "card of full width": written_in(SCRIPTS["full width"])(CARD),
        "passport E": "E12345678",
        "passport EA": "EA1234567",
        "passport G": "G12345678",
        "passport D": "D12345678",
        "passport S": "S12345678",
        "passport P": "P12345678",
        "passport in small letters": "e12345678",
        "passport of full width": "Ｅ１２３４５６７８",
        "passport by a space": "E 12345678",
        "passport after a word": "护照号:X9876543",
        "passport in English": "passport no. AB987654",
        "permit H": "H12345678",
        "permit M": "M12345678",
        "permit of ten digits": "H1234567801",
        "permit of Taiwan": "台胞证12345678",
        "permit of Taiwan in words": "台湾居民来往大陆通行证 号码:12345678",
        "officer": "军字第1234567号",
        "name and mobile": f"{NAME}{MOBILE}",
        "name with a numeral and mobile": f"韦一{MOBILE}",
        "name and ID": f"{NAME} {ID}",
    }  # fmt: skip
    return found


NAMES = {
    "alone": NAME,
    "spaced": "韦 晓 阳",
    "in brackets": f"({NAME})",
    "behind a number": f"2025{NAME}",
    "between hyphens": f"2025-{NAME}-1",
    "labelled": f"姓名:{NAME}",
    "labelled, short": "联系人:韦阳",
    "addressed": f"{NAME}老师",
    "behind a school": f"南宁市第一职业技术学校({NAME})",
    "zero width": "韦\u200b晓\u200b阳",
    "double surname": "欧阳晓燕",
    "middle dot": "买买提·艾力",
}
