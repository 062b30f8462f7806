"""No sentence of a circular claims a difference that the intervals do not support."""

import re
from functools import cache
from math import sqrt
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_rows import HECHI, OCTOBER, sentences

from bulletin import city, pictures, province
from bulletin.claims import ABOVE, BELOW, UNDECIDED, against, too_small
from bulletin.desk import Desk
from bulletin.document import Document
from bulletin.material import RATES, Material
from bulletin.report import WORDS
from dashboards.charts.pen import Pen
from dashboards.format import Numbers
from dashboards.words import Words

LIMIT = 0.7
COMPARES = re.compile("高于|低于|领先|落后|优于|逊于|差于|好于|达到.{0,8}要求|未达到70%")
MEASURE = {"重点群体占比": "priority_share_persons", "取证率": "certification_rate", "就业率": "employment_rate"}
MEASURE["不合规率"] = "violation_rate"
# What compares no two rates: legends, rules of reading, counts against counts.
NO_CLAIM = ("▲", "不作高低比较", "以低为好", "说某市高于或低于", "80%区间", "占比达到70%的", "还需培训重点群体")


def wilson(successes: int, size: int) -> tuple[float, float]:
    share, z = successes / size, 1.959964
    middle = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z * sqrt(share * (1 - share) / size + z * z / (4 * size * size)) / (1 + z * z / size)
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(chance: Random) -> tuple[float, float, float]:
    """A rate with its interval."""
    size = chance.randint(10, 4_000)
    successes = chance.randint(size // 2, size)
    return (successes / size, *wilson(successes, size))


# What the marts say of a row need not agree with its interval: then nothing may be claimed.
STATUS = ("inside", "alert", "alarm", "too_few")
SIDE = ("above", "below")
STANDING = ("below", "undecided", "at_or_above")


@pytest.fixture(scope="module")
def undrawn():
    """Sentences without their pictures, which take a second."""
    patch = pytest.MonkeyPatch()
    for name in ("course", "columns", "bars", "dots"):
        patch.setattr(pictures, name, lambda *_, **__: b"")
    yield
    patch.undo()


@cache
def read_once(published, code: str) -> Material:
    """The fixture's rows, every table read."""
    material = Material(published, OCTOBER, code)
    text_of(material)
    return material


def randomised(published, seed: int, code: str) -> Material:
    """The fixture's rows with rates, intervals, statuses and standings drawn at random."""
    chance, base = Random(seed), read_once(published, code)
    cards = []
    for row in base.scorecard:
        drawn = {}
        for measure in RATES:
            value, low, high = rate(chance)
            drawn |= {measure: value, f"{measure}_low": low, f"{measure}_high": high}
        cards.append(row._replace(priority_standing=chance.choice(STANDING), **drawn))
    funnels = {}
    for measure, rows in base.funnels.items():
        value = chance.uniform(0.5, 1)
        funnels[measure] = {
            place: row._replace(funnel_status=chance.choice(STATUS), side=chance.choice(SIDE), province_value=value)
            for place, row in rows.items()
        }
    standardised = []
    for row in base.standardised:
        value, low, high = rate(chance)
        expected, standing = chance.uniform(0.5, 1), chance.choice(STANDING)
        standardised.append(
            row._replace(rate=value, rate_low=low, rate_high=high, standing=standing, expected_rate=expected)
        )
    material = Material(published, OCTOBER, code)
    # A cached property reads what stands under its name.
    material.__dict__.update(base.__dict__ | {"scorecard": cards, "funnels": funnels, "standardised": standardised})
    for derived in ("cards", "hidden", "shown"):
        material.__dict__.pop(derived, None)
    return material


def text_of(material: Material) -> str:
    words = Words("zh", WORDS)
    desk = Desk(material, Pen(words, Numbers(words), False), "none")
    room = province if material.city == "ALL" else city
    parts = dict.fromkeys(Document.__dataclass_fields__, "")
    return sentences(Document(**(parts | {"chapters": room.chapters(desk), "annexes": room.annex(desk)})))


def checked(text: str, material: Material) -> int:
    """Every comparing sentence holds by the intervals; how many there were."""
    by_name = {row.name_zh: row for row in material.scorecard}
    mixes = {(row.name_zh, row.measure): row for row in material.standardised}
    found = 0
    for sentence in re.split("[。\n]", text):
        if not COMPARES.search(sentence) or any(mark in sentence for mark in NO_CLAIM):
            continue
        found += 1
        _check(sentence, material, by_name, mixes)
    return found


def _named(sentence: str, before: str, by_name: dict) -> list:
    listed = re.search(f"{before}([^，。：]*)", sentence)
    return [by_name[name] for name in listed[1].split("、")] if listed else []


def _check(sentence: str, material: Material, by_name: dict, mixes: dict) -> None:
    measure = next((of for name, of in MEASURE.items() if re.sub("^.*?。", "", sentence).startswith(name)), None)
    sentence = re.sub("(各项比率|扣除学员结构|各市占比|占比|取证|就业)。", "", sentence)
    measure = measure or next((of for name, of in MEASURE.items() if sentence.startswith(name)), None)
    if "按学员结构" in sentence:
        if "应有水平的是" in sentence or "低于的是" in sentence:
            for row in _named(sentence, "高于按学员结构（群体、类型、产业）应有水平的是", by_name):
                mix = mixes[row.name_zh, measure]
                assert mix.rate_low > mix.expected_rate, sentence
            for row in [
                *_named(sentence, "，低于的是", by_name),
                *_named(sentence, "低于按学员结构（群体、类型、产业）应有水平的是", by_name),
            ]:
                mix = mixes[row.name_zh, measure]
                assert mix.rate_high < mix.expected_rate, sentence
            return
        own = next(row for row in material.standardised if row.city_code == material.city and row.measure == measure)
        assert own.rate_low > own.expected_rate if "高于应有" in sentence else own.rate_high < own.expected_rate
        return
    if "全区为" in sentence:
        value = material.province_value(measure)
        names = [*_named(sentence, "高于全区的是", by_name), *_named(sentence, "低于全区的是", by_name)]
        assert names, sentence
        for row in _named(sentence, "高于全区的是", by_name):
            assert getattr(row, f"{measure}_low") > value, sentence
        for row in _named(sentence, "低于全区的是", by_name):
            assert getattr(row, f"{measure}_high") < value, sentence
        return
    if re.match(r"(达到|低于)70%的有\d+个：", sentence):
        for row in _named(sentence, r"达到70%的有\d+个：", by_name):
            assert row.priority_share_persons_low >= LIMIT, sentence
        for row in _named(sentence, r"低于70%的有\d+个：", by_name):
            assert row.priority_share_persons_high < LIMIT, sentence
        return
    if "的要求" in sentence:
        own = material.cards.get(material.city) or material.shares[2026]
        is_above = "达到不低于" in sentence
        assert own.priority_share_persons_low >= LIMIT if is_above else own.priority_share_persons_high < LIMIT, (
            sentence
        )
        return
    if re.search("(高于|低于)全区的[0-9]", sentence):
        own, value = material.cards[material.city], material.province_value(measure)
        is_above = "高于全区" in sentence
        assert getattr(own, f"{measure}_low") > value if is_above else getattr(own, f"{measure}_high") < value, sentence
        return
    if "重点群体占比未达到70%" in sentence or re.search("重点群体占比[0-9.]+%，低于", sentence):
        own = material.cards.get(material.city) or by_name[re.match(r"(?:\d+\. )?(.*?)重点群体", sentence)[1]]
        assert own.priority_share_persons_high < LIMIT, sentence
        return
    raise AssertionError(f"a comparison that this test does not know: {sentence}")


SEED = st.integers(0, 2**32)
MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.usefixtures("undrawn")
@MANY
@given(seed=SEED)
def test_the_province_claims_no_difference_that_the_intervals_do_not_support(published, seed):
    material = randomised(published, seed, "ALL")
    checked(text_of(material), material)


@pytest.mark.usefixtures("undrawn")
@MANY
@given(seed=SEED)
def test_a_city_claims_no_difference_that_its_intervals_do_not_support(published, seed):
    material = randomised(published, seed, HECHI)
    checked(text_of(material), material)


@pytest.mark.usefixtures("undrawn")
def test_differences_that_the_intervals_support_are_said(published):
    material = Material(published, OCTOBER, "ALL")
    text = text_of(material)
    assert checked(text, material) >= 4
    assert "就业率全区为64.5%：高于全区的是柳州市，低于全区的是河池市，其余12个市与全区无法区分" in text


@given(value=st.floats(0, 1), low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_value_within_an_interval_is_never_told_from_it(value, low, high):
    low, high = sorted((low, high))
    found = against(value, low, high)
    assert (found == UNDECIDED) == (low <= value <= high)
    assert found in (ABOVE, BELOW, UNDECIDED)


def test_without_an_interval_nothing_is_said():
    assert against(0.5, None, None) == UNDECIDED
    assert against(None, 0.1, 0.2) == UNDECIDED


@given(sizes=st.lists(st.one_of(st.none(), st.integers(0, 40)), max_size=16))
def test_what_is_too_small_never_hides_alone(sizes):
    hidden = too_small(sizes)
    small = {place for place, size in enumerate(sizes) if size and size < 10}
    assert small <= hidden
    assert len(hidden) != 1 or not [size for size in sizes if size and size >= 10]


def test_a_projection_is_below_its_target_only_when_its_whole_interval_is():
    from bulletin.claims import from_target

    row = SimpleNamespace(target_sessions=100, projection_low=80, projection_high=99)
    assert from_target(row) == BELOW
    row.projection_high = 100
    assert from_target(row) == UNDECIDED
    row.projection_low = 100
    assert from_target(row) == ABOVE
