"""The errors of the landing: a cause and what to do, in both languages, free of IDs and names."""


class LandingError(Exception):
    """A file, a key or a warehouse that cannot be used; the messages may be shown and stored as they are."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        super().__init__(f"{message_zh} / {message_en}")
        self.message_zh = message_zh
        self.message_en = message_en

    def __reduce__(self) -> tuple[type["LandingError"], tuple[str, str]]:
        """A worker's error reaches the process that asked as it was."""
        return type(self), (self.message_zh, self.message_en)


class LandingStopped(LandingError):
    """The machine failed, not the file: nothing is recorded of the file, and the landing ends there."""
