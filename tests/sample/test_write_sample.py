"""What a whole sample looks like, and that the same arguments give the same bytes."""

import hashlib
import unicodedata
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest

from skillsdw.sample import sessions_for_plan, write_sample
from skillsdw.sample.codes import code_list, extract_columns, header_synonyms
from skillsdw.sample.dialect import NEVER_SENT, dialects
from skillsdw.sample.faults import NOT_PLANTED
from skillsdw.sample.profile import cities
from skillsdw.seeds import read_seed

END = date(2026, 6, 30)


def quiet(_: str) -> None:
    pass


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _sent(extract: str) -> list:
    """The columns of an extract that a sample has."""
    return [column for column in extract_columns(extract) if column.name not in NEVER_SENT]


@pytest.fixture(scope="module")
def bureaus(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("bureaus"), 24_000, end=END, faults=0.02, progress=quiet)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("plain"), 60_000, end=END, faults=0, plain=True, progress=quiet)


@pytest.fixture(scope="module")
def records(plain):
    connection = duckdb.connect()
    for extract in ("enrollment", "certification", "employment", "institution"):
        connection.execute(
            f"create table {extract} as from read_csv('{plain.out}/{extract}/*.csv', all_varchar = true)"
        )
    return connection


def text_of(path: Path) -> str:
    body = path.read_bytes()
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030")


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_sample(tmp_path / name, 3_000, seed=7, end=END, progress=quiet)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_gives_other_bytes(tmp_path):
    for seed in (1, 2):
        write_sample(tmp_path / str(seed), 1_000, seed=seed, end=END, plain=True, progress=quiet)
    assert digests(tmp_path / "1") != digests(tmp_path / "2")


def test_every_kind_of_row_fault_is_present(bureaus):
    reasons = {row["reason_code"] for row in read_seed("reason")}
    of_others = {"amount_format", "score_not_result", "institution_not_found", "key_of_another_sender"}
    assert set(bureaus.faulty_rows["enrollment"]) == reasons - NOT_PLANTED - of_others
    share = sum(bureaus.faulty_rows["enrollment"].values()) / bureaus.sessions
    assert 0.015 < share < 0.025


def test_every_kind_of_bad_file_is_present_and_bad(bureaus):
    bad = {fault: bureaus.out / path for fault, path in bureaus.bad_files.items()}
    assert set(bad) == {"missing_column", "undecodable", "column_twice", "empty", "truncated_workbook"}
    assert bad["empty"].read_bytes() == b""
    for encoding in ("utf-8", "gb18030"):
        with pytest.raises(UnicodeDecodeError):
            bad["undecodable"].read_bytes().decode(encoding)
    with pytest.raises(Exception, match="zip"):
        openpyxl.load_workbook(bad["truncated_workbook"])
    twice = text_of(bad["column_twice"]).splitlines()[0].split("\t")
    assert len(twice) == len(set(twice)) + 1
    ids = set(header_synonyms("enrollment")["person_id"])
    assert not ids & set(text_of(bad["missing_column"]).splitlines()[0].split(","))


def test_without_faults_no_row_and_no_file_is_bad(tmp_path):
    summary = write_sample(tmp_path, 2_000, end=END, faults=0, progress=quiet)
    assert summary.bad_files == {}
    assert not any(summary.faulty_rows.values())


def test_fifteen_bureaus_send_in_their_own_formats(bureaus):
    files = [path.name for path in (bureaus.out / "enrollment").iterdir()]
    for city in cities():
        assert f"{city.code}-2025H2.{dialects()[city.code].format}" in files
        assert f"{city.code}-2024-and-before.{dialects()[city.code].format}" in files
    assert {path.rsplit(".", 1)[1] for path in files} == {"csv", "xlsx", "parquet"}
    assert any(name.startswith("zz-2026-correction-") for name in files)
    assert any(name.startswith("zz-2026-late-") for name in files)


@pytest.mark.parametrize("city_code", [c for c, d in dialects().items() if d.format == "csv"])
def test_csv_of_a_bureau_is_in_its_encoding_with_known_headers(bureaus, city_code):
    dialect = dialects()[city_code]
    body = (bureaus.out / "enrollment" / f"{city_code}-2025H1.csv").read_bytes()
    assert body.startswith(b"\xef\xbb\xbf") == (dialect.encoding == "utf-8-sig")
    lines = body.decode(dialect.encoding).split(dialect.newline)
    heads = [head.strip('"') for head in lines[0].split(dialect.delimiter)]
    synonyms = header_synonyms("enrollment")
    for column in _sent("enrollment"):
        written = {column.name} if dialect.header == "canonical" else set(synonyms[column.name])
        assert len(written & set(heads)) == 1
    if dialect.footer:
        assert lines[-2].startswith(dialect.footer)


def test_excel_has_titles_above_the_header_and_dates_of_its_own(bureaus):
    for city_code, kind in (("450500", "datetime"), ("450600", "int")):
        sheet = openpyxl.load_workbook(bureaus.out / "enrollment" / f"{city_code}-2025H2.xlsx").worksheets[0]
        rows = list(sheet.iter_rows(values_only=True))
        header = rows[dialects()[city_code].title_rows]
        starts = next(header.index(s) for s in header_synonyms("enrollment")["start_date"] if s in header)
        values = [row[starts] for row in rows[len(rows) // 2 :]]
        assert kind in {type(value).__name__ for value in values}


def test_parquet_is_typed_under_canonical_names(bureaus):
    table = pq.read_table(bureaus.out / "enrollment" / "450000-2025H2.parquet")
    assert table.column_names == [column.name for column in _sent("enrollment")]
    assert str(table.schema.field("start_date").type) == "date32[day]"


def test_ledgers_hold_full_width_digits_and_thousands_separators(bureaus):
    text = text_of(bureaus.out / "enrollment" / "450800-2025H2.csv")
    assert unicodedata.normalize("NFKC", text) != text
    everything = "".join(
        text_of(path) for path in (bureaus.out / "enrollment").glob("4502*.csv") if path.stat().st_size
    )
    assert any(f'"1,{hours}"' in everything for hours in ("080", "120", "200", "440"))


def test_corrections_send_known_keys_again_and_take_some_out(bureaus):
    original = text_of(bureaus.out / "enrollment" / "450300-2025H2.csv")
    again = text_of(bureaus.out / "enrollment" / "zz-2026-correction-450300.csv")
    keys = [line.split(",")[0] for line in again.splitlines()[1:] if line.startswith("PX")]
    assert keys
    assert any(key in original for key in keys)
    late = text_of(bureaus.out / "enrollment" / "zz-2026-late-450800.csv")
    key = late.splitlines()[1].split(",")[0]
    assert not any(key in text_of(p) for p in (bureaus.out / "enrollment").glob("450800-20*.csv"))


def test_above_the_excel_limit_bureaus_send_csv(tmp_path, monkeypatch):
    monkeypatch.setattr("skillsdw.sample.write.EXCEL_SESSIONS", 500)
    write_sample(tmp_path, 1_000, end=END, faults=0, progress=quiet)
    assert not list(tmp_path.rglob("*.xlsx"))


def test_plain_has_one_canonical_file_an_extract_and_year(plain, records):
    assert sorted(p.name for p in (plain.out / "certification").iterdir()) == [
        f"{year}.csv" for year in (2023, 2024, 2025, 2026)
    ]
    for extract in ("enrollment", "certification", "employment", "institution"):
        columns = [row[0] for row in records.execute(f"describe {extract}").fetchall()]
        assert columns == [column.name for column in _sent(extract)]
        assert records.execute(f"select count(*) from {extract}").fetchone()[0] == plain.rows[extract]
    distinct = records.execute("select count(*), count(distinct enrollment_id) from enrollment").fetchone()
    assert distinct == (60_000, 60_000)


def test_plain_codes_are_those_of_the_lists(records):
    for column in extract_columns("enrollment"):
        if column.kind == "code":
            found = records.execute(f"select distinct {column.name} from enrollment where {column.name} is not null")
            assert {row[0] for row in found.fetchall()} <= set(code_list(column.code_list).codes)


def test_nothing_is_of_the_future(records):
    last = records.execute(
        """select greatest(
             (select max(greatest(start_date, coalesce(end_date, start_date))) from enrollment),
             (select max(issued_on) from certification), (select max(evidence_from) from employment))"""
    ).fetchone()[0]
    assert last <= END.isoformat()


def test_shares_are_near_what_is_asked(records):
    def share(condition: str, of: str = "enrollment") -> float:
        return records.execute(f"select avg(({condition})::int) from {of}").fetchone()[0]

    assert 0.90 < share("status = 'completed'") < 0.97
    assert 0.02 < share("status = 'withdrawn'") < 0.045
    assert 0.002 < share("status = 'void'") < 0.01
    priority = ", ".join(
        f"'{row['trainee_group']}'" for row in read_seed("trainee_group") if row["is_priority"] == "true"
    )
    assert 0.71 < share(f"trainee_group in ({priority})") < 0.77
    assert 0.04 < share("funding_source in ('enterprise_education', 'self_funded')") < 0.085
    assert 0.91 < share("result = 'pass'", "certification") < 0.95
    assert 0.055 < share("end_date < '2025-01-01'") < 0.09
    certified = records.execute(
        """select count(*) / (select count(*) from enrollment
                              where status = 'completed' and end_date < '2026-05-01') from certification c
           join enrollment e using (enrollment_id) where e.end_date < '2026-05-01'"""
    ).fetchone()[0]
    assert 0.83 < certified < 0.89
    again = records.execute(
        """select avg((sessions > 1)::int) from
           (select count(*) sessions from enrollment group by person_id)"""
    ).fetchone()[0]
    assert 0.11 < again < 0.17
    employed = records.execute(
        """select avg((person_id in (select person_id from employment))::int) from
           (select distinct person_id from enrollment where status = 'completed')"""
    ).fetchone()[0]
    assert 0.62 < employed < 0.72


def test_months_have_their_season(records):
    month = dict(
        records.execute(
            """select month(end_date::date), count(*) from enrollment
               where status = 'completed' and end_date like '2025%' group by all"""
        ).fetchall()
    )
    mean = sum(month.values()) / 12
    assert month[2] < 0.6 * mean
    assert month[10] < 0.85 * mean
    assert min(month[5], month[6], month[11], month[12]) > 1.1 * mean


def test_classes_are_of_one_place_time_and_occupation(records):
    assert records.execute(
        """select max(n) from (select count(distinct (institution_uscc, county_code, occupation_code,
             start_date, class_hours, training_type)) n from enrollment group by class_id)"""
    ).fetchone() == (1,)
    sizes = records.execute(
        "select min(n), max(n) from (select count(*) n from enrollment group by class_id having n >= 15)"
    ).fetchone()
    assert sizes == (15, 50)


def test_every_warning_has_its_cases(records):
    cases = {
        "AGE": """select count(*) from enrollment
                  where year(start_date::date) - substr(person_id, 7, 4)::int < 16""",
        "LONG_OPEN": """select count(*) from enrollment where status in ('enrolled', 'in_training')
                        and start_date::date < date '2026-06-30' - 365""",
        "CERT_ORPHAN": "select count(*) from certification anti join enrollment using (enrollment_id)",
        "CERT_PERSON": """select count(*) from certification c join enrollment e using (enrollment_id)
                          where c.person_id <> e.person_id""",
        "EMPLOYMENT_ORPHAN": "select count(*) from employment anti join enrollment using (person_id)",
    }
    for rule, query in cases.items():
        assert records.execute(query).fetchone()[0] > 0, rule


def test_every_rule_on_the_session_alone_is_broken_now_and_then(records):
    done = """from enrollment e where status = 'completed'
              and funding_source not in ('enterprise_education', 'self_funded')"""
    total = records.execute(f"select count(*) {done}").fetchone()[0]
    broken = {
        "HOURS_MIN": "training_type = 'specialised' and class_hours::int < 28",
        "FUND_MATCH": """funding_source = 'special_account' and training_type <> 'project' or
            funding_source = 'employment_subsidy' and training_type = 'project' and park_code is null""",
        "UI_ONLY": """funding_source = 'unemployment_insurance'
            and coalesce(receives_unemployment_insurance, '') <> 'true'""",
        "PROJECT_EMPLOYER": "training_type = 'project' and employer_uscc is null",
        "LICENCE": """not exists (from institution i where i.institution_uscc = e.institution_uscc
            and i.licence_from <= e.start_date and coalesce(i.licence_to, '9999') >= e.end_date)""",
    }
    for rule, condition in broken.items():
        share = records.execute(f"select count(*) {done} and ({condition})").fetchone()[0] / total
        assert 0.004 < share < 0.025, rule


def test_some_persons_are_trained_in_two_cities(records):
    assert records.execute(
        """select count(*) > 20 from (select person_id from enrollment group by 1
           having count(distinct substr(county_code, 1, 4)) > 1)"""
    ).fetchone()[0]


def test_the_plan_asks_for_its_own_size(tmp_path):
    end = date(2026, 1, 31)
    sessions = sessions_for_plan(date(2025, 1, 1), end)
    summary = write_sample(tmp_path, sessions // 4, end=end, faults=0, plain=True, progress=quiet)
    assert summary.completed[2025] * 4 == pytest.approx(180_000, rel=0.03)


def test_a_sample_is_not_mixed_with_other_extracts(bureaus):
    with pytest.raises(FileExistsError):
        write_sample(bureaus.out, 100, end=END, progress=quiet)


def test_wrong_arguments_are_refused(tmp_path):
    with pytest.raises(ValueError, match="before it starts"):
        write_sample(tmp_path, 10, end=date(2024, 1, 1))
    with pytest.raises(ValueError, match="share"):
        write_sample(tmp_path, 10, end=END, faults=3)
    with pytest.raises(ValueError, match="session"):
        write_sample(tmp_path, 0, end=END)


def test_a_tiny_sample_is_written_too(tmp_path):
    summary = write_sample(tmp_path, 5, end=END, progress=quiet)
    assert summary.rows["enrollment"] >= 5
    assert "合成" in (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {
        "README.txt",
        "enrollment",
        "certification",
        "employment",
        "institution",
        "subsidy",
        "demand",
        "truth.csv",
    }
