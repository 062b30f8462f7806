"""Synthetic identifiers pass the same checks as true ones."""

from datetime import date

import numpy as np
from stdnum.cn import ric, uscc

from skillsdw.sample.codes import code_list
from skillsdw.sample.people import (
    AGES,
    birth_dates,
    credit_codes,
    names,
    numbered,
    person_number,
    resident_ids,
)
from skillsdw.sample.profile import cities
from skillsdw.sample.providers import make_employers, make_institutions

START = date(2025, 1, 1)


def some_persons(count: int) -> np.ndarray:
    at = np.arange(count)
    return person_number(at % 15, at % len(code_list("trainee_group").codes), at)


def test_every_resident_id_has_a_true_birth_date_and_check_digit():
    for value in resident_ids(some_persons(3000), 2025, START).to_pylist():
        assert len(value) == 18
        assert ric.calc_check_digit(value) == value[17]
        assert 1960 < ric.get_birth_date(value).year <= 2013


def test_a_person_keeps_one_id_and_different_persons_have_different_ones():
    persons = some_persons(20_000)
    once, again = resident_ids(persons, 2025, START), resident_ids(persons, 2025, START)
    assert once.equals(again)
    assert len(set(once.to_pylist())) > 19_990
    assert not once.equals(resident_ids(persons, 2026, START))


def test_most_resident_ids_are_of_guangxi():
    ids = resident_ids(some_persons(5000), 2025, START).to_pylist()
    assert 0.88 < sum(value.startswith("45") for value in ids) / len(ids) < 0.98


def test_ages_are_those_of_the_group_with_a_few_under_sixteen():
    groups = code_list("trainee_group").codes
    at = np.arange(60_000)
    young = person_number(3, np.full(len(at), groups.index("graduate_youth")), at)
    ages = (np.datetime64(START) - birth_dates(young, 1, START)).astype(int) / 365.25
    low, high = AGES["graduate_youth"]
    ordinary = ages > 16
    assert ages[ordinary].min() > low - 0.1
    assert ages[ordinary].max() < high + 0.1
    assert 20 < (~ordinary).sum() < 150


def test_credit_codes_of_institutions_and_employers_are_valid_and_distinct():
    for city in cities():
        found = make_institutions(city, np.random.default_rng(1), START, date(2026, 6, 30))
        codes = found.uscc.to_pylist() + make_employers(city, 20_000).to_pylist()
        assert len(set(codes)) == len(codes)
        for code in codes:
            assert uscc.is_valid(code)
            assert uscc.calc_check_digit(code[:17]) == code[17]


def test_credit_code_of_any_number_is_valid():
    numbers = np.array([0, 1, 30, 31, 31**6 - 1])
    area = np.full(5, 450102)
    assert all(uscc.is_valid(code) for code in credit_codes("91", area, "MA", numbers).to_pylist())


def test_numbers_are_padded_and_names_have_two_or_three_characters():
    assert numbered("PX-", np.array([7, 1234]), 4).to_pylist() == ["PX-0007", "PX-1234"]
    assert {len(name) for name in names(some_persons(500), 1).to_pylist()} == {2, 3}
