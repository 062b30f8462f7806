"""What became of a file, in words."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from skillsdw.landing.reports import Notes

_COLUMNS_NAMED = 30  # of those not recognized, in a message; the report names all

HELD, LANDED, REFUSED, UNCHANGED, CHECKED, MISSING = "held", "landed", "refused", "unchanged", "checked", "missing"


@dataclass(frozen=True)
class FileResult:
    """What became of one file. `status`: landed · held · refused · unchanged, from `check` also checked; missing for a
    batch of a lost warehouse whose file is nowhere. `sender` is the city of its path, None for none.

    `faults` are counts by column and reason with messages and examples (see `reports.summarize`).
    """

    file_name: str
    extract: str | None
    batch_id: int | None
    status: str
    rows_read: int
    rows_landed: int
    rows_rejected: int
    message_zh: str
    message_en: str
    report: Path | None = None
    unknown_columns: tuple[str, ...] = ()
    faults: list[dict[str, object]] = field(default_factory=list)
    sender: str | None = None

    @property
    def message(self) -> str:
        """Both languages, as `raw.batch` keeps it."""
        return f"{self.message_zh} / {self.message_en}"

    def also(self, zh: str, en: str) -> "FileResult":
        """The result with one more thing said."""
        return replace(self, message_zh=f"{self.message_zh};{zh}", message_en=f"{self.message_en}; {en}")


@dataclass(frozen=True)
class LandingSummary:
    """All files of one landing, in the order in which they landed; `released` are batches that count since."""

    files: list[FileResult]
    released: tuple[int, ...] = ()

    def count(self, status: str) -> int:
        return sum(result.status == status for result in self.files)

    @property
    def rows_read(self) -> int:
        return self._sum("rows_read")

    @property
    def rows_landed(self) -> int:
        return self._sum("rows_landed")

    @property
    def rows_rejected(self) -> int:
        return self._sum("rows_rejected")

    def _sum(self, rows: str) -> int:
        return sum(getattr(result, rows) for result in self.files if result.status == LANDED)

    @property
    def refused_anything(self) -> bool:
        """Whether this run refused or held a file, rejected a row or missed a file of a lost warehouse."""
        return any(self.count(status) for status in (REFUSED, HELD, MISSING)) or self.rows_rejected > 0


def read_result(
    file_name: str,
    extract: str | None,
    batch_id: int | None,
    status: str,
    rows: int,
    rejected: int,
    unknown: tuple[str, ...],
    notes: Notes,
    faults: list[dict[str, object]],
    sender: str | None,
) -> FileResult:
    """The result of a file that was read."""
    named, more = unknown[:_COLUMNS_NAMED], len(unknown) - _COLUMNS_NAMED
    zh = [f"{file_name}:读取{rows}行,通过{rows - rejected}行,退回{rejected}行"]
    en = [f"{file_name}: {rows} rows read, {rows - rejected} accepted, {rejected} rejected"]
    if dropped := sum(fault["rows"] for fault in faults if fault["reason"] == "value_dropped"):
        zh.append(f"{dropped}个选填项的值无法识别,舍去该值、保留该行")
        en.append(f"{dropped} values of optional columns cannot be read: the values were left out, the rows kept")
    said_zh, said_en = notes.sentences()
    zh, en = zh + said_zh, en + said_en
    if unknown:
        zh.append(f"未识别、未采用的列:{'、'.join(named)}" + (f"等{len(unknown)}列" if more > 0 else ""))
        en.append(
            f"columns not recognized and left out: {', '.join(named)}" + (f" and {more} more" if more > 0 else "")
        )
    if rejected and batch_id is not None:
        zh.append(f"退回的行在 reports/landing/{batch_id}-….csv,更正后重新报送")
        en.append(f"the rejected rows are in reports/landing/{batch_id}-….csv: correct and send them again")
    return FileResult(
        file_name,
        extract,
        batch_id,
        status,
        rows,
        rows - rejected,
        rejected,
        ";".join(zh),
        "; ".join(en),
        None,
        unknown,
        faults,
        sender,
    )
