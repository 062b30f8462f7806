"""Workbooks that are the same bytes for the same content: openpyxl writes the time of writing into what it saves."""

import io
import shutil
import zipfile
from datetime import datetime
from typing import BinaryIO

STAMP = datetime(2025, 1, 1)


def undated(workbook: bytes) -> bytes:
    """The workbook without the time at which it was made."""
    result = io.BytesIO()
    undate(io.BytesIO(workbook), result)
    return result.getvalue()


def undate(workbook: BinaryIO, result: BinaryIO, moment: datetime = STAMP) -> None:
    """Copy a workbook, dated `moment` instead of the time at which it was made; however large, piece by piece."""
    with zipfile.ZipFile(workbook) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size = old.getinfo(name).file_size  # tells whether the entry needs the 64-bit form
            with old.open(name) as source, new.open(entry, "w") as target:
                if name == "docProps/core.xml":
                    target.write(_dated(source.read(), moment))
                else:
                    shutil.copyfileobj(source, target)


def _dated(body: bytes, moment: datetime) -> bytes:
    stamp = f"{moment:%Y-%m-%dT%H:%M:%S}Z".encode()
    for mark in (b"created", b"modified"):
        opening, closing = body.index(b"<dcterms:" + mark), body.index(b"</dcterms:" + mark)
        begin = body.index(b">", opening) + 1
        body = body[:begin] + stamp + body[closing:]
    return body
