"""Files and names that outlast a power cut, and what a failing disk says to a person.

A rename is atomic for who reads, but after a power cut the new name may hold nothing: the bytes must be on the disk
before the rename, and the folder after it.
"""

import errno
import os
import re
from pathlib import Path

import duckdb

_HEADERS = 3 * 4096  # bytes, before the blocks of a database file
_OF_THE_HOLDER = re.compile(r"\(PID (\d+)\)")
# What errno and DuckDB's messages have in common, most telling first.
_CAUSES = (
    (
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
        ("no space left", "file too large", "disk quota", "max_temp_directory_size"),
        (
            "磁盘已满或超出限额,请腾出空间后再运行",
            "the disk is full or a quota is used up: free some space and run again",
        ),
    ),
    (
        (errno.EROFS,),
        ("read-only file system",),
        (
            "磁盘是只读的,请重新挂载为可写(mount -o remount,rw)后再运行",
            "the disk is read-only: mount it for writing (mount -o remount,rw) and run again",
        ),
    ),
    (
        (errno.EACCES, errno.EPERM),
        ("permission denied", "operation not permitted"),
        (
            "没有权限,请用数据目录的所有者账户运行",
            "permission is lacking: run as the owner of the data folder",
        ),
    ),
    (
        (errno.EIO,),
        ("input/output error",),
        (
            "磁盘读写出错,请检查磁盘,必要时更换并从备份恢复",
            "the disk failed: check it, and restore from a backup when it must be replaced",
        ),
    ),
    (
        (),
        ("conflicting lock", "could not set lock"),
        (
            "文件正被其他程序打开,请关闭后再运行",
            "another program holds the file open: close it and run again",
        ),
    ),
    (
        (errno.ENOMEM,),
        ("out of memory", "failed to allocate"),
        ("内存不足,请释放内存或用 --memory-limit 调整", "memory ran out: free some, or set --memory-limit"),
    ),
    (
        (),
        (
            *("not a valid duckdb database", "could not read enough bytes", "corrupt database", "replaying wal"),
            *("checksum", "serialization error", "deserialize", "different duckdb version", "older version"),
        ),
        (
            "文件已损坏或由其他版本写成;运行 skillsdw doctor 查看如何处理",
            "the file is damaged or was written by another version: skillsdw doctor says how to mend it",
        ),
    ),
)


def sync(path: Path) -> None:
    """Ask the disk to hold a file's bytes, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put(fresh: Path, final: Path) -> None:
    """Rename `fresh` to `final`, in one folder or two of one disk, so that a power cut leaves the old or the new."""
    sync(fresh)
    fresh.replace(final)
    sync(final.parent)


def write(final: Path, text: str, mode: int = 0o666) -> None:
    """Write a whole text file (UTF-8) under a hidden name and put it in place; a fault leaves what was there."""
    fresh = final.with_name(f".{final.name}.tmp")
    fresh.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as handle:
            handle.write(text)
        put(fresh, final)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def cause(fault: Exception) -> tuple[str, str] | None:
    """What ails the disk, the file or the memory, and what to do (Chinese, English); None for another fault."""
    number = getattr(fault, "errno", None)
    text = str(fault).lower()
    for numbers, phrases, said in _CAUSES:
        if number in numbers or any(phrase in text for phrase in phrases):
            return said
    return None


def holder(fault: Exception) -> int | None:
    """The process that holds a database file open, as DuckDB's message names it."""
    found = _OF_THE_HOLDER.search(str(fault))
    return int(found[1]) if found else None


def explain(fault: Exception) -> str:
    """A fault of the disk or of a database file as one bilingual sentence that names the file where it is known."""
    file = getattr(fault, "filename2", None) or getattr(fault, "filename", None)
    where_zh, where_en = (f"{file}:", f"{file}: ") if file else ("", "")
    if said := cause(fault):
        pid = holder(fault)
        by = f" (PID {pid})" if pid else ""
        return f"{where_zh}{said[0]}{by} / {where_en}{said[1]}{by}"
    first = (str(fault).splitlines() or [type(fault).__name__])[0]
    return f"{first}(可运行 skillsdw doctor 查明原因) / {first} (skillsdw doctor may tell why)"


def missing_bytes(con: duckdb.DuckDBPyConnection, file: Path, schema: str) -> str | None:
    """Whether an open database file ends before the last block of a schema's tables, in words; None when it is whole.

    What DuckDB wrote last is read on opening, the blocks of a table only by a query that needs them. A file of as many
    blocks as it counts is whole; one of fewer may be, since free ones at its end are cut off, and is looked into, which
    takes seconds and gigabytes where there are many. Three headers of 4 KB stand before the blocks.
    """
    size = con.execute(
        "select block_size, total_blocks from pragma_database_size() where database_name = current_database()"
    )
    block_size, blocks = size.fetchone()
    present = file.stat().st_size
    if present >= _HEADERS + blocks * block_size:
        return None
    tables = con.execute(
        "select table_name from duckdb_tables() where schema_name = ? and database_name = current_database()", [schema]
    ).fetchall()
    last = -1
    for (table,) in tables:
        try:
            [found] = con.execute(
                "select max(greatest(block_id, list_max(additional_block_ids))) "
                f"from pragma_storage_info('{schema}.{table}') where persistent"
            ).fetchone()
        except duckdb.IOException as fault:
            return str(fault).splitlines()[0]
        last = max(last, -1 if found is None else found)
    needed = _HEADERS + (last + 1) * block_size
    return f"{present:,} of {needed:,} bytes" if present < needed else None
