"""Why a file is not read: the exit statuses of `skillsdw/landing/unpack.py`, and its limits."""

UNREADABLE, TOO_LARGE, TOO_MUCH_TEXT, OUT_OF_MEMORY, TOO_WIDE, LONG_VALUE, NO_TEXT, NO_TYPE, GONE = range(3, 12)
ENCRYPTED, NO_TABLE = 12, 13

UNPACKED_BYTES = 1024**3  # of all parts of a workbook; Excel's largest sheet of our widest extract has 753 MB
COLUMNS = 1_000
VALUE_BYTES = 128 * 1024  # the longest cell of Excel has 32,767 characters


class Refused(Exception):
    """The file cannot be read; `status` is one of the exit statuses above."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
