"""Training institutions with their licence periods, and the employers of a city."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from skillsdw.sample.codes import code_list, places
from skillsdw.sample.people import credit_codes, mixed
from skillsdw.sample.profile import City

KIND_WEIGHT = {
    "vocational_school": 0.20,
    "technician_college": 0.13,
    "training_base": 0.09,
    "chain_leader_enterprise": 0.10,
    "labour_brand": 0.08,
    "private_training": 0.40,
}
KIND_WORDS = {
    "vocational_school": ("职业技术学校", "中等专业学校", "职业教育中心"),
    "technician_college": ("技工学校", "技师学院"),
    "training_base": ("公共实训基地", "高技能人才实训基地"),
    "chain_leader_enterprise": ("实业集团有限公司", "制造有限公司"),
    "labour_brand": ("劳务服务有限公司", "人力资源有限公司"),
    "private_training": ("职业培训学校", "职业技能培训中心"),
}
# Registrar and type, and the letters that open the organisation code of such bodies.
KIND_PREFIX = {
    "vocational_school": ("12", "MB"),
    "technician_college": ("12", "MB"),
    "training_base": ("12", "MB"),
    "chain_leader_enterprise": ("91", "MA"),
    "labour_brand": ("91", "MA"),
    "private_training": ("52", "MJ"),
}
BRAND_FIRST = tuple("启鑫桂明邕恒瑞嘉新华博远龙金广众汇宏德壮")
BRAND_SECOND = tuple("航源达程成泰洋信业智匠才帆海盛和林江山慧")
EXPIRED_PLACES = 2  # the last-listed institutions of a city, with few classes, have let their licence lapse
SPARE_SHARE = 0.15  # of the list, without classes: what faults in the list may hit


@dataclass(frozen=True)
class Institutions:
    uscc: pa.Array
    name: list[str]
    kind: np.ndarray
    place: np.ndarray
    star: np.ndarray
    weight: np.ndarray  # share of the city's classes
    licence_of: np.ndarray  # one entry a licence period: the institution
    licence_from: np.ndarray
    licence_to: np.ndarray  # NaT: open


def city_places(city: City) -> np.ndarray:
    """The city's counties and, last, the city itself."""
    found = places()
    return np.array([*found.counties_of(city.code), found.index(city.code)])


def make_institutions(city: City, rng: np.random.Generator, start: date, end: date) -> Institutions:
    kinds = code_list("institution_kind").codes
    count = city.institutions
    weight_of_kind = np.array([KIND_WEIGHT[kind] for kind in kinds])
    kind = rng.choice(len(kinds), count, p=weight_of_kind / weight_of_kind.sum())
    here = city_places(city)
    place = rng.choice(here, count)
    place_names = places().names
    names, used = [], set()
    for which, where in zip(kind, place, strict=True):
        words = KIND_WORDS[kinds[which]]
        while True:
            brand = BRAND_FIRST[rng.integers(len(BRAND_FIRST))] + BRAND_SECOND[rng.integers(len(BRAND_SECOND))]
            town = place_names[where] if place_names[where] != "自治区本级" else "广西"
            name = town + brand + words[rng.integers(len(words))]
            if name not in used:
                break
        used.add(name)
        names.append(name)

    area = np.array([int(code) for code in places().codes])[place]
    numbers = mixed(np.arange(count) + city.position * 10_000, 1, 21) % np.uint64(31**6)
    usccs: list[str] = [""] * count
    for which, code in enumerate(kinds):
        chosen = np.flatnonzero(kind == which)
        prefix, letters = KIND_PREFIX[code]
        for at, value in zip(
            chosen, credit_codes(prefix, area[chosen], letters, numbers[chosen]).to_pylist(), strict=True
        ):
            usccs[at] = value

    weight = rng.pareto(1.6, count) + 0.25
    weight = np.sort(weight)[::-1]
    spare = max(2, int(count * SPARE_SHARE))
    weight[-spare:] = 0
    weight /= weight.sum()
    expired = np.arange(count - spare - EXPIRED_PLACES, count - spare)
    weight[expired] = 0.010
    weight /= weight.sum()

    begin = np.datetime64(date(start.year - 6, 1, 1), "D") + rng.integers(0, 3 * 365, count)
    period_days = max((end - start).days, 1)
    licence_of, licence_from, licence_to = [], [], []
    for which in range(count):
        fate = rng.random()
        if which in expired:
            lapse = np.datetime64(start, "D") + int(period_days * rng.uniform(0.12, 0.5))
            periods = [(begin[which], lapse)]
        elif fate < 0.22:  # renewed without a gap
            renewed = np.datetime64(start, "D") + int(period_days * rng.uniform(-0.3, 0.8))
            periods = [(begin[which], renewed), (renewed - 20, np.datetime64("NaT"))]
        elif fate < 0.6:
            periods = [(begin[which], np.datetime64(date(end.year + 3, 12, 31), "D"))]
        else:
            periods = [(begin[which], np.datetime64("NaT"))]
        for opened, closed in periods:
            licence_of.append(which)
            licence_from.append(opened)
            licence_to.append(closed)
    return Institutions(
        pa.array(usccs),
        names,
        kind,
        place,
        np.where(rng.random(count) < 0.12, -1, rng.choice([1, 2, 3, 4, 5], count, p=[0.04, 0.12, 0.40, 0.32, 0.12])),
        weight,
        np.array(licence_of),
        np.array(licence_from, dtype="datetime64[D]"),
        np.array(licence_to, dtype="datetime64[D]"),
    )


def institution_records(found: Institutions) -> dict[str, np.ndarray | pa.Array]:
    at = found.licence_of
    return {
        "institution_uscc": found.uscc.take(pa.array(at)),
        "name": pa.array(found.name).take(pa.array(at)),
        "kind": found.kind[at],
        "county_code": found.place[at],
        "star_rating": found.star[at],
        "licence_from": found.licence_from,
        "licence_to": found.licence_to,
    }


def make_employers(city: City, sessions: int) -> pa.Array:
    """USCCs of the city's employers, the large ones first."""
    count = int(np.clip(sessions // 40, 30, 6000))
    position = np.arange(count)
    here = city_places(city)
    area = np.array([int(code) for code in places().codes])[here[position % len(here)]]
    return credit_codes("91", area, "MA", mixed(position + city.position * 1_000_000, 1, 22) % np.uint64(31**6))


def large_first(rng: np.random.Generator, employers: int, size: int) -> np.ndarray:
    """Employers picked so that the first of the list hire most."""
    return np.minimum((rng.random(size) ** 2.2 * employers).astype(np.int64), employers - 1)
