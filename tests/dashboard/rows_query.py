"""The Query page reads what other pages' rows hold already."""

SENTENCES = {"zh": "12个常用问题点一下“Excel”就得到文件", "en": "One click on Excel answers 12 common questions"}
CHARTS = 0


def tables() -> dict[str, list]:
    """Rows by table: none of its own."""
    return {}
