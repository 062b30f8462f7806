"""Workbooks and Parquet files, read by a process of its own (`unpack.py`) that can hold and use only so much.

    with Packed(file) as packed:            # a path, a descriptor or an open file; its content says what it is
        if packed.is_workbook:
            packed.epoch                    # 1900 or 1904: what a bare serial number counts from
            for sheet in packed.sheets():   # in the workbook's order; hidden ones have no rows
                for batch in sheet.batches():   # text columns c0 (A), c1 (B) …; the first row of all is row 1
        else:                               # Parquet
            names = next(packed.batches())
            packed.want([0, 3])
            for batch in packed.batches(): …

Cells of a workbook:

- text as it is, `_xNNNN_` escapes included; rich text joined, phonetic guides left out;
- an error as Excel writes it (`#N/A`, `#REF!`, `#DIV/0!`, `#SPILL!` …), which may also be a text: both are a fault;
  a formula that no program has calculated as `cells.UNCALCULATED`;
- numbers with 15 significant digits (`1080.3`, `40`); from 1e15 on with an exponent (`1.745003E+15`);
- numbers whose format belongs to them as shown: leading zeros and fixed text (`000123`, `BM007`, `2025-03` under
  `0000-00`). Thousands separators, decimals, currencies, units and per cent change nothing (12 % is `0.12`);
- dates by the workbook's epoch as `2025-03-01`, moments as `2025-12-31T23:59:59.999000`, a time of day as `12:30:00`, a
  duration as `30:00:00`; a date cell that holds 0 is null; what no date can be stays a number;
- `true`, `false`; empty cells are null;
- a cell merged over several rows is in each row that has something of its own, in every column of the range; one merged
  over columns alone in each of them within the first `cells.HEAD_ROWS` rows. A covered cell with a value of its own
  keeps it.
"""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa

from skillsdw.landing import file_kind, unpack
from skillsdw.landing.errors import LandingError, LandingStopped
from skillsdw.workbooks.cells import Merged

MEMORY_BYTES = (
    3 * 1024**3
)  # of address space: Excel's largest sheet with our widest extract is read within it, in a minute
CPU_SECONDS = 900
_LARGEST = 256 * 1024**2  # of one batch; the reader cuts them far below


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook. Its rows are read once, before the next sheet; those that nobody read are passed over.

    `hidden_rows` are the numbers of the rows that are hidden, by hand or by a filter, as Excel counts them; the
    rows are among the batches. `merged` are the merged ranges that begin within the first `cells.HEAD_ROWS` rows."""

    name: str
    is_visible: bool
    hidden_rows: tuple[int, ...]
    merged: tuple[Merged, ...]
    _batches: Iterator[pa.RecordBatch]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, from row 1 on, as text columns c0, c1 …; batches of a sheet may differ in width."""
        return self._batches


class Packed:
    """A running reader. `close` ends it, whether it is through or not.

    `LandingError` when the file is neither a workbook nor Parquet, or can't be read. `kind` spares a second look at a
    file that `file_kind.kind_of` has seen."""

    def __init__(self, file: Path | str | int | IO[bytes], kind: str | None = None) -> None:
        self._ended = False
        self._waiting: dict | None = None
        self._epoch: int | None = None
        descriptor = _opened(file)
        try:
            self.kind = kind or file_kind.kind_of(descriptor)
            if self.kind not in (*file_kind.WORKBOOKS, file_kind.PARQUET):
                raise refusal(self.kind)
            arguments = [self.kind, f"/dev/fd/{descriptor}", str(MEMORY_BYTES), str(CPU_SECONDS)]
            self._process = subprocess.Popen(
                [sys.executable, "-I", unpack.__file__, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a library's words may quote the file
                pass_fds=[descriptor],
                # Arrow's own allocators set room aside that they may never use; two arenas are enough for two threads.
                env={"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2", "LANG": "C.UTF-8"},
            )
        finally:
            os.close(descriptor)

    def __enter__(self) -> "Packed":
        return self

    def __exit__(self, *fault: object) -> None:
        self._process.kill()
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    @property
    def is_workbook(self) -> bool:
        return self.kind in file_kind.WORKBOOKS

    @property
    def epoch(self) -> int:
        """The year from which a workbook counts its days: 1900 or 1904."""
        if self._epoch is None:
            said = self._message()
            if not isinstance(said, dict):
                raise unreadable(None)
            self._epoch = said["epoch"]
        return self._epoch

    def sheets(self) -> Iterator[Sheet]:
        """The sheets of a workbook in its order."""
        self.epoch  # noqa: B018 - said before all sheets
        said = self._message()
        while said is not None:
            rows = self._rows()
            merged = tuple(Merged(*corners) for corners in said["merged"])
            yield Sheet(said["sheet"], said["is_visible"], tuple(said["hidden_rows"]), merged, rows)
            for _ in rows:  # what the caller has not read stands before the next sheet
                pass
            said, self._waiting = self._waiting, None

    def _rows(self) -> Iterator[pa.RecordBatch]:
        while (said := self._message()) is not None:
            if isinstance(said, dict):
                self._waiting = said
                return
            columns = [pa.array(column, pa.string()) for column in said]
            yield pa.RecordBatch.from_arrays(columns, names=[f"c{place}" for place in range(len(columns))])

    def want(self, places: list[int]) -> None:
        """Say which columns of a Parquet file are to be read, after its names."""
        try:
            self._process.stdin.write(f"{' '.join(map(str, places))}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._fault() from None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches of a Parquet file that are still to come, text columns c0, c1 …; its columns' names first."""
        while (content := self._content()) is not None:
            with pa.ipc.open_stream(pa.py_buffer(content)) as stream:
                yield stream.read_next_batch()

    def _message(self) -> dict | list | None:
        content = self._content()
        return None if content is None else json.loads(content)

    def _content(self) -> bytes | None:
        """What the reader says next, None at its end; `LandingError` says why the file is refused."""
        if self._ended:
            return None
        length = int.from_bytes(self._exactly(8), "little")
        if length == 0:
            self._ended = True
            return None
        if length > _LARGEST:
            raise unreadable(None)
        return self._exactly(length)

    def _exactly(self, length: int) -> bytes:
        content = self._process.stdout.read(length)
        if len(content) < length:
            raise self._fault()
        return content

    def _fault(self) -> LandingError:
        return unreadable(self._process.wait())


def _opened(file: Path | str | int | IO[bytes]) -> int:
    """A descriptor of our own; `LandingError` when the file is gone, or is no file but a pipe or a device."""
    try:
        if isinstance(file, Path | str):
            descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        else:
            descriptor = os.dup(file if isinstance(file, int) else file.fileno())
    except OSError:
        raise LandingError(*_FAULTS[unpack.GONE]) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise LandingError(*_FAULTS[unpack.GONE])
    return descriptor


def refusal(kind: str) -> LandingError:
    """Why a file of a kind that the landing does not read is refused, and what to do (`file_kind.NOT_READ`)."""
    return LandingError(*_KINDS.get(kind, _KINDS[file_kind.BINARY]))


def unreadable(status: int | None) -> LandingError:
    """What the exit status of a reader that did not get through says of the file."""
    if status == -signal.SIGKILL:
        return LandingStopped(
            "读取文件的进程被系统终止(可能内存不足)。请释放内存后再运行;此前的批次已入库",
            "The process that read the file was ended by the system, perhaps for want of memory: "
            "free some and run again; the batches before have landed",
        )
    if status in _FAULTS:
        return LandingError(*_FAULTS[status])
    return LandingError(*_FAULTS[unpack.UNREADABLE])


_TOO_LARGE_HINT = (
    "请删除表格以外多余的行、列和工作表后另存,或改存“CSV UTF-8”、分成几个文件后重新报送",
    "Delete the rows, columns and sheets beyond the table and save it anew, or save it as CSV UTF-8 or in several "
    "files, and send it again",
)
_AS_TABLE = (
    "请把其中的表格复制到工作簿,另存为.xlsx后重新报送",
    "Copy its table into a workbook, save it as .xlsx and send that",
)
_ENCRYPTED = (
    "工作簿设有打开密码或写保护密码,内容已加密。请打开后去掉密码(文件—信息—保护工作簿),另存为.xlsx后重新报送",
    "The workbook is encrypted: it has a password or is protected. Open it, remove the password (File, Info, Protect "
    "Workbook), save it as .xlsx and send it again",
)
# What a file of a kind that is not read is, and what to do.
_KINDS = {
    file_kind.ENCRYPTED: _ENCRYPTED,
    file_kind.SEALED: (
        "文件被单位的文档加密软件加密,只能在本单位的电脑上打开。请按规定解密外发后重新报送",
        "The file was encrypted by the document security software of an office and opens only there. "
        "Have it decrypted for sending out, and send it again",
    ),
    file_kind.WORD: (
        f"这是Word文档,不是工作簿。{_AS_TABLE[0]}",
        f"This is a Word document, not a workbook. {_AS_TABLE[1]}",
    ),
    file_kind.SLIDES: (
        f"这是演示文稿,不是工作簿。{_AS_TABLE[0]}",
        f"This is a presentation, not a workbook. {_AS_TABLE[1]}",
    ),
    file_kind.PDF: (
        "这是PDF或OFD版式文件,不是工作簿。请报送生成它的工作簿(.xlsx)或CSV",
        "This is a PDF or OFD document, not a workbook. Send the workbook (.xlsx) or CSV that it was made from",
    ),
    file_kind.PICTURE: (
        "这是图片,不是工作簿。请报送原来的工作簿(.xlsx)或CSV,不要报送截图、照片",
        "This is a picture, not a workbook. Send the workbook (.xlsx) or CSV itself, no screenshot or photograph",
    ),
    file_kind.ARCHIVE: (
        "这是压缩包,不是工作簿。请解压后报送其中的工作簿(.xlsx)或CSV",
        "This is an archive, not a workbook. Unpack it and send the workbook (.xlsx) or CSV that is in it",
    ),
    file_kind.DATABASE: (
        "这是数据库文件,不是工作簿。请从中导出.xlsx或CSV后重新报送",
        "This is a database, not a workbook. Export an .xlsx or CSV file from it and send that",
    ),
    file_kind.WEB_ARCHIVE: (
        "这是单个文件网页(.mht),不是工作簿。请用Excel或WPS打开,另存为.xlsx后重新报送",
        "This is a web archive (.mht), not a workbook. Open it in Excel or WPS, save it as .xlsx and send it again",
    ),
    file_kind.OLE: (
        "这是旧版Office格式的其他文件,其中没有工作簿。请用Excel或WPS打开核对,另存为.xlsx后重新报送",
        "This is a file of an old Office format without a workbook in it. Open it in Excel or WPS, save it as .xlsx "
        "and send it again",
    ),
    file_kind.BINARY: (
        "文件无法打开(不是工作簿、CSV或Parquet,或已损坏)。请另存为.xlsx或重新导出后报送",
        "The file cannot be opened: it is no workbook, CSV or Parquet, or it is damaged. "
        "Save it as .xlsx or export it again, and send it again",
    ),
    file_kind.TEXT: (
        "这是文本文件,不是工作簿。请另存为.xlsx或CSV(UTF-8)后重新报送",
        "This is a text file, not a workbook. Save it as .xlsx or CSV (UTF-8) and send it again",
    ),
    file_kind.EMPTY: (
        "文件是空的(0字节)。请重新导出后报送",
        "The file is empty (0 bytes). Export it again and send it again",
    ),
}
_FAULTS = {
    unpack.ENCRYPTED: _ENCRYPTED,
    unpack.NO_TABLE: (
        "网页文件中没有表格(表格可能在同名文件夹里)。请用Excel或WPS打开,另存为.xlsx后重新报送",
        "The web page holds no table (it may be in the folder beside it). Open it in Excel or WPS, save it as .xlsx "
        "and send it again",
    ),
    unpack.UNREADABLE: (
        "无法打开文件(工作簿或Parquet文件损坏、加密,或实为其他格式)。请去掉密码,另存为.xlsx或重新导出后报送",
        "The file cannot be opened: damaged, protected by a password, or no .xlsx or Parquet in truth. "
        "Remove the password, save it as .xlsx or export it again, and send it again",
    ),
    unpack.TOO_LARGE: (
        f"工作簿解压后超过{unpack.UNPACKED_BYTES // 1024**2:,}MB,未读取。{_TOO_LARGE_HINT[0]}",
        f"The workbook holds more than {unpack.UNPACKED_BYTES // 1024**2:,} MB when unpacked and was not read. "
        f"{_TOO_LARGE_HINT[1]}",
    ),
    unpack.TOO_MUCH_TEXT: (
        f"Parquet文件写成文字后超过{unpack.TEXT_BYTES // 1024**3}GB,已停止读取。请分成几个文件后重新报送",
        f"The Parquet file holds more than {unpack.TEXT_BYTES // 1024**3} GB of text when written out and was not read "
        "on. Send it as several files",
    ),
    unpack.OUT_OF_MEMORY: (
        f"读取此文件需要的内存超过{MEMORY_BYTES // 1024**3}GB(常因表格以外很远处还有内容,或文件损坏)。"
        f"{_TOO_LARGE_HINT[0]}",
        f"More than {MEMORY_BYTES // 1024**3} GB of memory are needed to read the file, often because a cell far "
        f"beyond the table holds something, or the file is damaged. {_TOO_LARGE_HINT[1]}",
    ),
    -signal.SIGXCPU: (
        f"读取此文件用时超过{CPU_SECONDS // 60}分钟,已停止。{_TOO_LARGE_HINT[0]}",
        f"To read the file took more than {CPU_SECONDS // 60} minutes of processor time: stopped. {_TOO_LARGE_HINT[1]}",
    ),
    unpack.TOO_WIDE: (
        f"文件超过{unpack.COLUMNS:,}列。请删除多余的列后重新报送",
        f"The file has more than {unpack.COLUMNS:,} columns. Delete those beyond the table and send it again",
    ),
    unpack.LONG_VALUE: (
        f"文件中有一个值超过{unpack.VALUE_BYTES // 1024}KB。请核对后重新报送",
        f"A value of the file is longer than {unpack.VALUE_BYTES // 1024} KB. Correct it and send the file again",
    ),
    unpack.NO_TEXT: (
        "Parquet文件中有不是UTF-8的文字。请重新导出",
        "The Parquet file holds text that is not UTF-8. Export it again",
    ),
    unpack.NO_TYPE: (
        "Parquet文件中有一列不能作为文本读取。请改为文本、日期或数字",
        "A column of the Parquet file cannot be read: use text, date or number",
    ),
    unpack.GONE: (
        "文件无法打开(已被移走或没有权限)。请核对后再运行",
        "The file cannot be opened: it is gone, or permission is lacking. Look and run again",
    ),
}
# What cannot have the memory that it asks for ends itself so.
_FAULTS[-signal.SIGABRT] = _FAULTS[-signal.SIGSEGV] = _FAULTS[unpack.OUT_OF_MEMORY]
