"""Workbooks and Parquet files, read by a process of its own (`unpack.py`) that can hold and use only so much."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pyarrow as pa

from skillsdw.landing import unpack
from skillsdw.landing.errors import LandingError, LandingStopped

MEMORY_BYTES = (
    3 * 1024**3
)  # of address space: Excel's largest sheet with our widest extract is read within it, in a minute
CPU_SECONDS = 900
_LARGEST = 256 * 1024**2  # of one batch; the reader cuts them far below


class Packed:
    """A running reader. `close` ends it, whether it is through or not."""

    def __init__(self, path: Path) -> None:
        self._ended = False
        self._decoded = _of_json if path.suffix.lower() == ".xlsx" else _of_arrow
        arguments = [path.suffix.lower(), str(path), str(MEMORY_BYTES), str(CPU_SECONDS)]
        self._process = subprocess.Popen(
            [sys.executable, "-I", unpack.__file__, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library's words may quote the file
            # Arrow's own allocators set room aside that they may never use; two arenas are enough for two threads.
            env={"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2", "LANG": "C.UTF-8"},
        )

    def __enter__(self) -> "Packed":
        return self

    def __exit__(self, *fault: object) -> None:
        self._process.kill()
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def want(self, places: list[int]) -> None:
        """Say which columns of a Parquet file are to be read, after its names."""
        try:
            self._process.stdin.write(f"{' '.join(map(str, places))}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._fault() from None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches that are still to come, text columns c0, c1 …; `LandingError` says why the file is refused."""
        stdout = self._process.stdout
        while not self._ended:
            length = int.from_bytes(self._exactly(stdout, 8), "little")
            if length == 0:
                self._ended = True
                return
            if length > _LARGEST:
                raise unreadable(None)
            yield self._decoded(self._exactly(stdout, length))

    def _exactly(self, stdout: IO[bytes], length: int) -> bytes:
        content = stdout.read(length)
        if len(content) < length:
            raise self._fault()
        return content

    def _fault(self) -> LandingError:
        return unreadable(self._process.wait())


def _of_json(content: bytes) -> pa.RecordBatch:
    columns = [pa.array(column, pa.string()) for column in json.loads(content)]
    return pa.RecordBatch.from_arrays(columns, names=[f"c{place}" for place in range(len(columns))])


def _of_arrow(content: bytes) -> pa.RecordBatch:
    with pa.ipc.open_stream(pa.py_buffer(content)) as stream:
        return stream.read_next_batch()


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
_FAULTS = {
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
