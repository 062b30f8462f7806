"""The catalogue of checks: written down once, told the same everywhere."""

from pathlib import Path

from typer.testing import CliRunner

from audits.catalogue import checks, code_names, headings, kinds
from audits.guide import guide_text
from audits.workbook import sheet_name
from skillsdw.cli import app
from skillsdw.codes import extract_names, read_seed

ROOT = Path(__file__).parents[2]
CHECKS = checks(read_seed("rule"))


def test_the_committed_guide_says_what_the_catalogue_says():
    committed = (ROOT / "docs/audit.md").read_text(encoding="utf-8")
    assert committed == guide_text() + "\n", "run: make docs"


def test_every_check_says_in_both_languages_what_it_shows_and_what_to_do():
    for check in CHECKS:
        for zh in (check.name_zh, check.shows_zh, check.follow_zh):
            assert any("\u4e00" <= char <= "\u9fff" for char in zh), check.code
        assert all((check.name_en, check.shows_en, check.follow_en)), check.code
        assert "$" not in check.sql + check.shows_zh + check.shows_en, check.code
        assert set(check.extracts) <= set(extract_names()), check.code
        assert check.kind in kinds(), check.code


def test_codes_and_sheet_names_are_distinct_and_fit_excel():
    assert len({check.code for check in CHECKS}) == len(CHECKS)
    names = [sheet_name(check) for check in CHECKS]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 31 for name in names)


def test_every_code_list_of_a_heading_is_a_seed():
    for name, heading in headings().items():
        assert heading.code_list is None or code_names(heading.code_list), name


def test_a_check_reads_marts_alone():
    for check in CHECKS:
        for room in ("raw.", "staging.", "intermediate."):
            assert f" {room}" not in check.sql, check.code


def test_the_command_prints_a_line_a_check_and_where_the_workbook_is(tmp_path):
    from made_version import publish

    publish(tmp_path / "home")
    done = CliRunner().invoke(app, ["audit", "--home", str(tmp_path / "home"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    for check in CHECKS:
        assert f"{check.number:02d} {check.name_zh} / {check.name_en}: " in done.output
    assert "已写入" in done.output
