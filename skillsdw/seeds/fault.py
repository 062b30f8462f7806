"""The error of a seed: which file, which line, what was expected, what to do; free of IDs."""

SAVE_ZH = "请改正后另存为“CSV UTF-8(逗号分隔)”"
SAVE_EN = "correct it and save it as CSV UTF-8 (comma delimited)"
_SHOWN = 40  # characters of a value


class SeedError(Exception):
    """A code list that cannot be used; the messages may be shown and stored as they are."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        super().__init__(f"{message_zh} / {message_en}")
        self.message_zh = message_zh
        self.message_en = message_en

    def __reduce__(self) -> tuple[type["SeedError"], tuple[str, str]]:
        """A worker's error reaches the process that asked as it was."""
        return type(self), (self.message_zh, self.message_en)


class TableFault(Exception):
    """What is wrong in a table, before anybody knows which file it came from. Line 0 stands for the file as a whole."""

    def __init__(self, line: int, zh: str, en: str, do_zh: str = SAVE_ZH, do_en: str = SAVE_EN) -> None:
        super().__init__(en)
        self.line, self.zh, self.en, self.do_zh, self.do_en = line, zh, en, do_zh, do_en

    def of(self, file: str) -> SeedError:
        """The error with the file's name in it."""
        where_zh, where_en = (f"第{self.line}行", f" line {self.line}") if self.line else ("", "")
        return SeedError(
            f"代码表 {file} {where_zh}:{self.zh}。{self.do_zh}", f"List {file}{where_en}: {self.en}; {self.do_en}"
        )


def shown(value: str) -> str:
    """A value as a message shows it."""
    from skillsdw.masking import mask_id_like, printable  # which knows names by the seeds

    text = printable(mask_id_like(value[: 5 * _SHOWN]))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
