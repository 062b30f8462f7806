"""What may be shown of a value: neither a resident ID nor a person's name (1-extracts § Privacy)."""

import re
import unicodedata

# Fourteen digits or more, separators between them or not: a resident ID, whole, truncated or mistyped.
LONG_NUMBER = r"\d(?:[ .-]?\d){13,}"
_ID_LIKE = re.compile(LONG_NUMBER + r"[ -]?[Xx]?")

# The commonest surnames (about 95 % of the population). A value that begins with one may be a name that
# slipped into the wrong column; one too many is masked rather than one too few.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "农蒙蓝岑甘蔺凌容阮玉班银零农磨满庞禤劳麦植宁文施洪季包康伍温芦倪樊兰柳殷牛章葛左岳齐辛管祝聂梅盛童"
    "颜符申柯成邢耿欧屈项单鲍游司关焦苗车卓翁景党裴路阎柴瞿房裘闭冼谷商牙吉古骆喻易常鲁俞安乔赖涂"
)
_LOOKED_AT = 200  # characters of a value of which 60 are shown: more than a number that begins within these has
_NAME_SHAPE = re.compile(r"[\u3400-\u9fff]{2,4}|[\u3400-\u9fff]{1,8}[·•][\u3400-\u9fff]{1,10}")


def printable(text: str) -> str:
    """A text for a log, a message or a terminal, on one line: what would end the line, move the cursor, turn the
    direction of writing or could not be encoded stands there as its escape."""
    return "".join(
        character
        if character.isprintable() or unicodedata.category(character) == "Zs"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def mask_id_like(text: str) -> str:
    """Every run of 14 digits or more (the last may be X) as its first four and last two characters."""
    return _ID_LIKE.sub(_stars_within, text)


def mask_person_id(text: str) -> str:
    """A value of an ID column: ID-like digits keep four and two characters, anything else is all stars."""
    compact = "".join(unicodedata.normalize("NFKC", text).split())
    if re.fullmatch(r"\d{14,}[\dXx]", compact):
        return _stars(compact)
    return "*" * min(len(text), 18)


def looks_like_name(text: str) -> bool:
    """Two to four Chinese characters that begin with a common surname, or a name with a middle dot."""
    return bool(_NAME_SHAPE.fullmatch(text)) and (text[0] in _SURNAMES or "·" in text or "•" in text)


def holds_name(text: str) -> bool:
    """Whether a text, or a part of it between spaces, brackets and the like, looks like a name: 李 伟, 李伟(代收)."""
    parts = re.split(r"[\s()（）\[\]【】,，、:：;；/_-]+", text)
    return looks_like_name(re.sub(r"\s", "", text)) or any(looks_like_name(part) for part in parts if part)


def mask_names(text: str) -> str:
    """Every part of a file's path that looks like a name, as stars; the parts around it stay."""
    parts = re.split(r"([\s()（）\[\]【】,，、:：;；/\\._-]+)", text)
    return "".join("*" * len(part) if looks_like_name(part) else part for part in parts)


def mask_value(text: str, person_name: str | None = None) -> str:
    """A rejected value of any column but the ID: no ID, no name, 60 characters at the most."""
    text = text[:_LOOKED_AT]
    if looks_like_name(text):
        return "*" * len(text)
    if person_name and person_name in text:
        text = text.replace(person_name, "*" * len(person_name))
    masked = mask_id_like(text)
    return masked if len(masked) <= 60 else masked[:59] + "…"


def shown_text(text: str, person_name: str | None = None) -> str:
    """The name of a place or an organization as it may be shown: nothing that an identity hides in, on one line."""
    return printable(mask_value(text, person_name))


def _stars_within(match: re.Match[str]) -> str:
    return _stars(match[0])


def _stars(digits: str) -> str:
    return digits[:4] + "*" * (len(digits) - 6) + digits[-2:]
