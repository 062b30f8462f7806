"""A resident ID or a name never enters any DuckDB file, log, report or error message (1-extracts § Privacy)."""

import hmac
import logging
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landing_material import CERTIFICATION, EMPLOYMENT, enrollments, full_width, person, rows, write_csv, write_xlsx

from skillsdw.landing import check, land
from skillsdw.landing.identity import pseudonyms
from skillsdw.masking import looks_like_name, mask_id_like, mask_person_id, mask_value

NAME = "覃晓蔚"
# In free text only what can be known is refused: a valid ID, or the name in the row's own name column.


@given(st.binary(max_size=100), st.lists(st.binary(min_size=1, max_size=20), max_size=5))
def test_pseudonyms_are_the_first_half_of_hmac_sha256(key, ids):
    expected = b"".join(hmac.digest(key, one, "sha256")[:16] for one in ids)
    assert pseudonyms(ids, key) == expected


def test_what_is_kept_of_a_person(home, land_all, query):
    woman = person(2, "20011231", "360102")
    write_csv(
        home.landing / "enrollment" / "a.csv",
        rows({"person_id": woman}, {"enrollment_id": "2", "person_id": full_width(woman).lower()}),
    )
    land_all()
    key = home.key_file.read_text().strip().encode()
    expected = UUID(bytes=hmac.digest(key, woman.encode(), "sha256")[:16])
    assert query("select distinct person_key, birth_year, sex, origin_region from raw.enrollment") == [
        (expected, 2001, "female", "36")
    ]
    columns = {name for (name,) in query("select column_name from information_schema.columns")}
    assert not columns & {"person_id", "person_name"}


def test_nothing_that_leaves_the_landing_holds_an_id_or_a_name(home, tmp_path, caplog, capfd):
    """IDs and names planted in every column, good and bad, in file and header names, in every format."""
    whole = person(7)
    wrong = whole[:17] + ("0" if whole[-1] != "0" else "1")
    folder = home.landing / "enrollment"
    planted = []
    for number, value in enumerate([whole, wrong, NAME, full_width(whole), f"K{whole}", f"{NAME}的"]):
        for name in rows({})[0]:
            change = {"enrollment_id": f"P-{number}-{name}", "person_id": whole, "person_name": NAME}
            planted.append({**change, name: value})
    table = rows(*planted)
    write_csv(folder / "planted.csv", table)
    write_csv(folder / "planted-gb.csv", table[:40], "gb18030")
    write_xlsx(folder / "planted.xlsx", table[:30])
    shifted = [table[0], *([row[0], *row[2:], ""] for row in table[1:9]), *(["", *row] for row in table[1:9])]
    write_csv(folder / "shifted.csv", shifted)
    write_csv(folder / f"{whole}.csv", rows({"person_name": NAME, "person_id": whole}))
    write_csv(folder / "header.csv", [[*table[0], whole, f"{whole}"], [*table[1], "x", NAME]])
    write_csv(folder / "no-header.csv", [[whole, NAME], [whole, NAME]])
    (folder / "quote.csv").write_text(",".join(table[0]) + f'\n"{whole},{NAME}\n', encoding="utf-8")
    write_csv(home.landing / whole / "misc.csv", table)
    for extract, standard in (("certification", CERTIFICATION), ("employment", EMPLOYMENT)):
        bad = [{**standard, name: value} for name in standard for value in (whole, wrong, NAME)]
        write_csv(home.landing / extract / "a.csv", [list(standard), *(list(row.values()) for row in bad)])
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    summary = land(home, progress=lambda result: said.append(result.message))
    assert summary.count("landed") >= 6
    said += [
        str(result) for result in [*summary.files, *check([folder], None, lambda result: said.append(result.message))]
    ]
    captured = capfd.readouterr()
    places = {"messages": "\n".join([*said, caplog.text, captured.out, captured.err]).encode()}
    places |= {
        str(path.relative_to(tmp_path)): path.name.encode() + path.read_bytes()
        for path in home.root.rglob("*")
        if path.is_file() and not path.is_relative_to(home.landing)
    }
    assert any(name.endswith("warehouse.duckdb") for name in places)
    leaks = [
        (place, secret)
        for place, content in places.items()
        for secret in (whole, wrong, whole[:16], full_width(whole), NAME)
        if secret.encode() in content
    ]
    assert leaks == []


@pytest.mark.parametrize(
    "text", ["x" + person(1), person(1).lower() + "/2", f"{person(1)[:6]} {person(1)[6:14]} {person(1)[14:]}"]
)
def test_runs_like_an_id_are_masked(text):
    assert person(1)[6:14] not in mask_id_like(text)
    assert mask_id_like("20250301 BM-001") == "20250301 BM-001"


def test_an_id_column_shows_four_and_two_or_nothing():
    whole = person(1)
    assert mask_person_id(whole) == whole[:4] + "*" * 12 + whole[-2:]
    assert mask_person_id(full_width(whole)) == whole[:4] + "*" * 12 + whole[-2:]
    assert mask_person_id("护照E1234567") == "字字ANNNNNNN"


def test_values_that_may_be_names_are_shapes():
    assert looks_like_name("欧阳娜娜")
    assert mask_value("覃晓蔚") == "字字字"
    assert mask_value("买买提·艾力") == "字字字·字字"
    assert mask_value("某丁班", "某丁") == "字字班"
    assert mask_value("砂糖产业") == "砂糖产业"


def test_a_name_inside_a_key_rejects_the_row(home, land_all):
    table = enrollments(2)
    table[1][0] = f"2025-{table[1][2]}"
    write_csv(home.landing / "enrollment" / "a.csv", table)
    assert (land_all().rows_landed, land_all().count("unchanged")) == (1, 1)
