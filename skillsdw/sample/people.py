"""Synthetic persons: every attribute is a function of a person's number, so cities share persons freely.

A resident ID is worked out on arrays of digits (GB 11643) and a unified social credit code likewise
(GB 32100); both are valid, and none is anybody's on purpose.
"""

from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skillsdw.sample.codes import code_list, places
from skillsdw.seeds import read_seed

GROUP_BITS, NUMBER_BITS = 4, 36
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK = b"10X98765432"
OTHER_PROVINCES = ("440981", "441702", "430426", "430521", "522325", "532326", "360729", "421023", "511602")
# Youngest and oldest at the start of the period, by group.
AGES = {
    "graduate_youth": (18, 28),
    "rural_transfer": (20, 56),
    "registered_unemployed": (21, 56),
    "hard_to_employ": (36, 59),
    "other_priority": (20, 55),
    "enterprise_employee": (19, 56),
    "other": (18, 59),
}
UNDER_AGE_SHARE = 0.0012  # of young persons
SURNAMES = tuple("黄韦覃陆李梁莫蒙农陈蓝罗唐周何谢廖欧林张王刘杨潘邓苏卢吴蒋秦甘谭冯钟宁曾石庞龙岑玉闭零班凌玖容伍赖邹")
FIRST_CHARACTERS = tuple("家文志海春秀桂丽小建国永红美金凤少宏晓云雪玉明俊子嘉梓思雨诗冬彩月世忠荣庆兰艳燕")
SECOND_CHARACTERS = tuple("英华强梅芳军平兰宁玲辉勇萍娟琴生光龙飞婷霞健涛斌杰慧敏静莲峰林凤妹成豪怡欣琳涵颖")


def mixed(numbers: np.ndarray, seed: int, salt: int) -> np.ndarray:
    """A well mixed 64-bit value for each number (splitmix64)."""
    with np.errstate(over="ignore"):
        x = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x += np.uint64((seed * 0xD1342543DE82EF95 + salt * 0x2545F4914F6CDD1D) & 0xFFFFFFFFFFFFFFFF)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def uniform(numbers: np.ndarray, seed: int, salt: int) -> np.ndarray:
    return (mixed(numbers, seed, salt) >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def person_number(city: np.ndarray | int, group: np.ndarray, number: np.ndarray) -> np.ndarray:
    city = np.asarray(city, dtype=np.int64)
    return (city << (NUMBER_BITS + GROUP_BITS)) | (group.astype(np.int64) << NUMBER_BITS) | number


def group_of(person: np.ndarray) -> np.ndarray:
    return (person >> NUMBER_BITS) & ((1 << GROUP_BITS) - 1)


def text_of(characters: np.ndarray) -> pa.Array:
    """Rows of ASCII bytes as one text column, without a Python string for each."""
    rows, width = characters.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * width
    body = np.ascontiguousarray(characters, dtype=np.uint8)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(body))


def digits_of(numbers: np.ndarray, width: int) -> np.ndarray:
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return ((np.asarray(numbers, dtype=np.int64)[:, None] // powers) % 10).astype(np.uint8)


def numbered(prefix: str, numbers: np.ndarray, width: int) -> pa.Array:
    """`prefix` followed by the number, padded with zeros."""
    head = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    characters = np.empty((len(numbers), len(head) + width), dtype=np.uint8)
    characters[:, : len(head)] = head
    characters[:, len(head) :] = digits_of(numbers, width) + ord("0")
    return text_of(characters)


@cache
def area_codes() -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Area parts of resident IDs: all of Guangxi's with old ones, and by position of a city its own."""
    found = places()
    old = [row["old_code"] for row in read_seed("county_alias")]
    everywhere = [c for c, county in zip(found.codes, found.is_county, strict=True) if county] + old
    own = {}
    for position, city in enumerate(code_list("city").codes):
        counties = [found.codes[i] for i in found.counties_of(city)]
        own[position] = np.array([int(code) for code in counties or everywhere])
    return np.array([int(code) for code in everywhere]), own


def birth_dates(person: np.ndarray, seed: int, period_start: date) -> np.ndarray:
    groups = code_list("trainee_group").codes
    youngest = np.array([AGES[group][0] for group in groups])[group_of(person)]
    oldest = np.array([AGES[group][1] for group in groups])[group_of(person)]
    middling = (uniform(person, seed, 1) + uniform(person, seed, 2)) / 2
    age_days = (youngest + (oldest - youngest) * middling) * 365.25
    young = groups.index("graduate_youth")
    under_age = (group_of(person) == young) & (uniform(person, seed, 3) < UNDER_AGE_SHARE)
    age_days = np.where(under_age, (12.2 + 1.5 * middling) * 365.25, age_days)
    return np.datetime64(date(period_start.year, 1, 1), "D") - age_days.astype(np.int64)


def resident_ids(person: np.ndarray, seed: int, period_start: date) -> pa.Array:
    """Valid 18-character resident IDs: area, birth date, sequence (odd for men), check digit."""
    everywhere, own = area_codes()
    home = person >> (NUMBER_BITS + GROUP_BITS)
    pick = mixed(person, seed, 4)
    area = everywhere[(pick % np.uint64(len(everywhere))).astype(np.int64)]
    away = uniform(person, seed, 5)
    for position in np.unique(home):
        codes = own[int(position)]
        here = (home == position) & (away < 0.72)
        area[here] = codes[(pick[here] % np.uint64(len(codes))).astype(np.int64)]
    outside = np.array([int(code) for code in OTHER_PROVINCES])
    far = away > 0.93
    area[far] = outside[(pick[far] % np.uint64(len(outside))).astype(np.int64)]

    born = birth_dates(person, seed, period_start)
    month = born.astype("datetime64[M]")
    birth = (
        (born.astype("datetime64[Y]").astype(np.int64) + 1970) * 10000
        + (month.astype(np.int64) % 12 + 1) * 100
        + (born - month.astype("datetime64[D]")).astype(np.int64)
        + 1
    )
    sequence = (mixed(person, seed, 6) % np.uint64(999)).astype(np.int64) + 1
    return id_texts((area.astype(np.int64) * 10**8 + birth) * 1000 + sequence)


def id_texts(numbers: np.ndarray) -> pa.Array:
    """Resident IDs from their first seventeen digits."""
    characters = np.empty((len(numbers), 18), dtype=np.uint8)
    characters[:, :17] = digits_of(numbers, 17)
    remainder = (characters[:, :17].astype(np.int32) @ np.array(ID_WEIGHTS, dtype=np.int32)) % 11
    characters[:, :17] += ord("0")
    characters[:, 17] = np.frombuffer(ID_CHECK, dtype=np.uint8)[remainder]
    return text_of(characters)


def names(person: np.ndarray, seed: int) -> pa.Array:
    """Names put together from common characters; a quarter have two."""

    def pick(values: tuple[str, ...], salt: int) -> pa.Array:
        return pa.array(values).take(pa.array(mixed(person, seed, salt) % np.uint64(len(values))))

    first = pick((*FIRST_CHARACTERS, *("",) * (len(FIRST_CHARACTERS) // 3)), 8)
    return pc.binary_join_element_wise(pick(SURNAMES, 7), first, pick(SECOND_CHARACTERS, 9), "")


def credit_codes(prefix: str, area: np.ndarray, letters: str, numbers: np.ndarray) -> pa.Array:
    """USCCs: two characters of registrar and type, area, a nine-character organisation code, a check."""
    value = np.full(256, -1, dtype=np.int32)
    alphabet = np.frombuffer(USCC_ALPHABET.encode("ascii"), dtype=np.uint8)
    value[alphabet] = np.arange(31)
    organisation_value = np.full(256, -1, dtype=np.int32)
    organisation_value[np.arange(ord("0"), ord("9") + 1)] = np.arange(10)
    organisation_value[np.arange(ord("A"), ord("Z") + 1)] = np.arange(10, 36)

    characters = np.empty((len(numbers), 18), dtype=np.uint8)
    characters[:, :2] = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    characters[:, 2:8] = digits_of(area, 6) + ord("0")
    characters[:, 8:10] = np.frombuffer(letters.encode("ascii"), dtype=np.uint8)
    powers = 31 ** np.arange(5, -1, -1, dtype=np.int64)
    characters[:, 10:16] = alphabet[(numbers.astype(np.int64)[:, None] // powers) % 31]
    weighted = organisation_value[characters[:, 8:16]] @ np.array(ORGANISATION_WEIGHTS, dtype=np.int32)
    characters[:, 16] = np.frombuffer(b"0123456789X0", dtype=np.uint8)[11 - weighted % 11]
    total = value[characters[:, :17]] @ np.array(USCC_WEIGHTS, dtype=np.int32)
    characters[:, 17] = alphabet[(31 - total % 31) % 31]
    return text_of(characters)
