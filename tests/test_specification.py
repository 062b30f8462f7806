"""Code that cites the specification cites a file that is there, and every chapter has its summary in Chinese."""

import re
import subprocess

import pytest

from skillsdw.home import PROJECT

SPEC = PROJECT / "docs" / "spec"
CHAPTERS = sorted(path for path in SPEC.glob("[0-9]-*.md") if not path.stem.endswith(".zh"))
CITED = re.compile(r"(?<![\w./-])([1-9]-(?:[a-z]+))(?:\.md)?(?=[)\s,;:#])")


def test_what_is_cited_is_there() -> None:
    listed = subprocess.run(["git", "ls-files", "-z", "*.py", "*.sql", "*.yml"], cwd=PROJECT, capture_output=True)
    files = [PROJECT / name for name in listed.stdout.decode().split("\0") if name]
    cited = {
        (name, path.relative_to(PROJECT).as_posix())
        for path in files
        if path.is_file()
        for name in CITED.findall(path.read_text(encoding="utf-8"))
    }
    names = {path.stem for path in CHAPTERS}
    assert len({name for name, _ in cited} & names) >= 2  # else it did not look
    words = {name.split("-")[1] for name in names}
    assert {(name, place) for name, place in cited if name.split("-")[1] in words and name not in names} == set()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_is_listed_and_has_its_summary(chapter) -> None:
    index = (SPEC / "README.md").read_text(encoding="utf-8")
    summary = chapter.with_name(f"{chapter.stem}.zh.md")
    assert f"({chapter.name})" in index
    assert f"({summary.name})" in index
    assert f"[{chapter.name}]({chapter.name})" in summary.read_text(encoding="utf-8")


def test_there_are_nine_chapters() -> None:
    assert [path.stem[0] for path in CHAPTERS] == list("123456789")
