"""`skillsdw report` as it is typed."""

import pytest
from typer.testing import CliRunner

from skillsdw.cli import app

RUN = CliRunner()


def run(*arguments: str):
    return RUN.invoke(app, ["report", *arguments], env={"COLUMNS": "300"})


@pytest.mark.parametrize(
    "arguments",
    [
        ("--month", "2026-13", "--out", "x.docx"),
        ("--month", "October", "--out", "x.docx"),
        ("--month", "2031-01", "--out", "x.docx"),
        ("--month", "2026-10", "--out", "x.pdf"),
        ("--month", "2026-10", "--city", "广州市", "--out", "x.docx"),
        ("--month", "2026-10"),
    ],
)
def test_wrong_usage_ends_with_2(arguments):
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize("city", ["451200", "河池市", "河池", "Hechi"])
def test_a_city_is_known_by_its_code_and_its_names(made, tmp_path, city):
    home, out = made(), tmp_path / "hechi.html"
    result = run("--month", "2026-10", "--city", city, "--out", str(out), "--home", str(home.root))
    assert result.exit_code == 0, result.output
    assert "河池市" in out.read_text(encoding="utf-8")


def test_a_month_without_a_version_fails_with_what_to_build(made, tmp_path):
    home = made()
    out = tmp_path / "out.docx"
    result = run("--month", "2026-09", "--out", str(out), "--home", str(home.root))
    assert result.exit_code == 1
    assert "skillsdw build --as-of 2026-09-30" in str(result.exception)
    assert not out.exists()


def test_a_folder_that_is_not_there_is_said(made, tmp_path):
    result = run("--month", "2026-10", "--out", str(tmp_path / "no" / "out.docx"), "--home", str(made().root))
    assert result.exit_code == 1
    assert "没有文件夹" in str(result.exception)
