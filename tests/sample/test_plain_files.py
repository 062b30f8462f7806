"""A plain sample is written in files that landing takes, however large it is."""

from pathlib import Path

import pytest

from skillsdw.sample import write


def rows_of(folder: Path) -> dict[str, int]:
    found = {path.name: path.read_text(encoding="utf-8").count("\n") - 1 for path in folder.iterdir()}
    return dict(sorted(found.items()))


def test_what_is_too_long_goes_on_in_a_file_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write.write_sample(tmp_path / "one", 3000, plain=True, faults=0, progress=lambda _: None)
    whole = rows_of(tmp_path / "one" / "enrollment")
    monkeypatch.setattr(write, "PLAIN_ROWS", 400)
    write.write_sample(tmp_path / "several", 3000, plain=True, faults=0, progress=lambda _: None)
    parts = rows_of(tmp_path / "several" / "enrollment")
    assert max(whole.values()) > 400
    assert max(parts.values()) <= 400
    for name, rows in whole.items():
        assert rows == sum(count for part, count in parts.items() if part.startswith(name.removesuffix(".csv")))
