"""Great Expectations' Data Docs as pages that need no network and show no identity.

Their own index is drawn by a script from elsewhere and is empty without it: ours takes its place, one table
of every check with a link to the page of its table.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from expectations.identity import mask_identity
from expectations.result import CRASHED, FAILED, PASSED, GateResult

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext

# The pages load scripts, styles, fonts and a logo from half a dozen hosts. All of it goes; what is left is
# plain HTML that the few rules below make readable.
_DROPPED = (
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"<script\b.*?</script>", re.DOTALL | re.IGNORECASE),
    re.compile(r"<style\b.*?</style>", re.DOTALL | re.IGNORECASE),
    re.compile(r"<(?:link|img|meta http-equiv)\b[^>]*>", re.IGNORECASE),
    re.compile(r"<footer\b.*?</footer>", re.DOTALL | re.IGNORECASE),
    re.compile(r"<button\b.*?</button>", re.DOTALL | re.IGNORECASE),
)
_OUTSIDE_LINK = re.compile(r"<a\b[^>]*href=[\"']?https?://[^>]*>(.*?)</a>", re.DOTALL | re.IGNORECASE)
_BARE_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
_TAG = re.compile(r"(<[^>]*>)")
_STYLE = """<style>
body { font: 15px/1.5 "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1F2933;
  max-width: 1280px; margin: 16px auto; padding: 0 16px; }
table { border-collapse: collapse; width: 100%; margin: 8px 0; }
td, th { border-bottom: 1px solid #D5D9DE; padding: 6px 8px; text-align: left; vertical-align: top; }
h1, h2, h3, h4, h5 { font-size: 17px; margin: 16px 0 4px; }
a { color: #0F6B66; }
ul { padding-left: 20px; }
code, pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; }
.failed, .crashed { color: #B4451F; font-weight: 600; }
.col-lg-2 { display: none; }
.fa-check-circle::before { content: "✓"; }
.fa-times::before { content: "✗"; color: #B4451F; }
.fa-exclamation-triangle::before { content: "！"; color: #B4451F; }
</style>
"""
_STATUS = {PASSED: "✓ 通过 passed", FAILED: "✗ 不通过 failed", CRASHED: "！ 未能完成 crashed"}
_SEVERITY = {"error": "停止发布 error", "warning": "提示 warning"}


def build_data_docs(context: EphemeralDataContext, results: Sequence[GateResult], folder: Path) -> None:
    """Render the context's results into `folder`, in place of what a former run left there."""
    folder.mkdir(parents=True, exist_ok=True)
    for former in ("validations", "expectations"):
        shutil.rmtree(folder / former, ignore_errors=True)
    context.add_data_docs_site(
        site_name="gate",
        site_config={
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(folder.resolve()),
            },
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        },
    )
    context.build_data_docs(site_names=["gate"])
    shutil.rmtree(folder / "static", ignore_errors=True)
    (folder / "index.html").write_text(_index(results, folder), encoding="utf-8")
    for page in folder.rglob("*.html"):
        page.write_text(offline_page(page.read_text(encoding="utf-8")), encoding="utf-8")


def _index(results: Sequence[GateResult], folder: Path) -> str:
    # In an incremental build a table may have two pages: of what changed, and above it the one of all its rows.
    pages = {
        page.stem.partition("-")[2]: quote(page.relative_to(folder).as_posix())
        for page in sorted(folder.glob("validations/**/*.html"), key=lambda page: page.stem)
    }
    gate = escape(results[0].gate) if results else ""
    rows = []
    for result in sorted(results, key=lambda result: (not result.stops, result.status == PASSED)):
        table = ".".join(result.subject.split(".")[:2])
        subject = escape(result.subject)
        if table in pages:
            subject = f'<a href="{pages[table]}">{subject}</a>'
        cells = (
            f'<span class="{result.status}">{_STATUS[result.status]}</span>',
            _SEVERITY[result.severity],
            subject,
            escape(result.check_name),
            f"{escape(result.message_zh)}<br>{escape(result.message_en)}",
            escape(result.observed or ""),
        )
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    heads = (
        "结果 Result",
        "级别 Severity",
        "对象 Subject",
        "检查 Check",
        "要求 What must hold",
        "发现 Found",
    )
    return (
        f'<!DOCTYPE html>\n<html lang="zh"><head><meta charset="utf-8"><title>{gate}</title></head><body>\n'
        f"<h1>{gate} · {escape(results[0].checked_at) if results else ''}</h1>\n<table>\n<tr>"
        + "".join(f"<th>{head}</th>" for head in heads)
        + "</tr>\n"
        + "\n".join(rows)
        + "\n</table>\n</body></html>\n"
    )


def offline_page(html: str) -> str:
    """Return the page without anything from elsewhere, styled inline, long numbers masked."""
    for pattern in _DROPPED:
        html = pattern.sub("", html)
    html = _OUTSIDE_LINK.sub(r"\1", html)
    html = _BARE_ADDRESS.sub("", html)
    return "".join(map(_masked, _TAG.split(html))).replace("</head>", f"{_STYLE}</head>", 1)


@lru_cache(maxsize=8192)
def _masked(piece: str) -> str:
    """A tag or a text between two. The pages share most of them, and no identity goes on beyond a tag."""
    return mask_identity(piece)
