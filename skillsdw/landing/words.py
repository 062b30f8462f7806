"""What `check` and `land` say on a terminal: in one language, by sender, faults by their cause with the cells."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from skillsdw.codes import header_names, read_seed
from skillsdw.landing.result import CHECKED, HELD, LANDED, MISSING, REFUSED, UNCHANGED, FileResult, LandingSummary

_CELLS = 8  # of one cause
_CAUSES = 6  # of one file, before the report takes over
_FILES = 12  # with something to mend, before only senders are counted
ZH, EN = "zh", "en"


def file_lines(result: FileResult, lang: str, most: int | None = None) -> list[str]:
    """A file's sentence, then each cause of its faults: how many, where, one example, what to do."""
    lines = [result.message_zh if lang == ZH else result.message_en]
    shown = result.faults if most is None else result.faults[:most]
    lines += [f"  {cause_line(fault, result.extract, lang)}" for fault in shown]
    if more := len(result.faults) - len(shown):
        lines.append(f"  另有{more}类问题,见报告" if lang == ZH else f"  {more} more kinds of faults: see the report")
    return lines


def cause_line(fault: dict[str, object], extract: str | None, lang: str) -> str:
    """身份证号:校验码不符——12行(B15、B18…),如 4501************34;核对证件后更正"""
    column, rows = fault["column"], fault["rows"]
    cells = [cell for cell in fault["cells"] if cell][:_CELLS]
    example = next((found for found in fault["examples"] if found["value"]), None)
    hint = next((found.get(f"hint_{lang}") for found in fault["examples"] if found.get(f"hint_{lang}")), None)
    if lang == ZH:
        what = f"{fault['header'] or _column_word(extract, column)}:" if column else ""
        where = "、".join(cells) + ("…" if rows > len(cells) else "")
        dropped = "(选填项,已舍去该值、保留该行)" if fault["reason"] == "value_dropped" else ""
        parts = [f"{what}{fault['message_zh']}{dropped}——{rows}处({where})"]
        parts += [f"如 {example['value']}"] if example else []
        return ";".join([*parts, *([hint] if hint else []), fault["action_zh"]])
    what = f"{column}: " if column else ""
    where = ", ".join(cells) + (" …" if rows > len(cells) else "")
    dropped = " (optional: the value was left out, the row kept)" if fault["reason"] == "value_dropped" else ""
    parts = [f"{what}{fault['message_en']}{dropped}: {rows} ({where})"]
    parts += [f"for example {example['value']}"] if example else []
    return "; ".join([*parts, *([hint] if hint else []), fault["action_en"]])


def _column_word(extract: str | None, column: str) -> str:
    names = header_names(extract, column) if extract else (column,)
    return names[1] if len(names) > 1 else column


def check_lines(results: Iterable[FileResult], lang: str) -> list[str]:
    """What a sender is told before sending: each file with all its causes, then one sentence."""
    results = list(results)
    lines = [line for result in results for line in file_lines(result, lang)]
    wrong = sum(result.status == REFUSED or result.rows_rejected > 0 for result in results)
    rows, rejected = sum(r.rows_read for r in results), sum(r.rows_rejected for r in results)
    if lang == ZH:
        verdict = (
            f"{wrong}个文件需要更正;共{rows}行,其中{rejected}行会被退回"
            if wrong
            else f"可以报送:{len(results)}个文件共{rows}行全部通过"
        )
    else:
        verdict = (
            f"{wrong} files need mending; of {rows} rows {rejected} would be rejected"
            if wrong
            else f"Ready to send: {len(results)} files, {rows} rows, all accepted"
        )
    return [*lines, verdict]


def landing_lines(summary: LandingSummary, lang: str, is_verbose: bool, terminal: bool) -> list[str]:
    """What became of a landing. Files that went through are counted, those with something to mend are named, up to
    so many on a terminal; `is_verbose` names every file."""
    news = [result for result in summary.files if result.status != UNCHANGED]
    wrong = [r for r in news if r.status in (REFUSED, HELD, MISSING) or r.rows_rejected or r.faults]
    named = news if is_verbose or len(news) <= _FILES or not terminal else wrong[:_FILES]
    lines = [line for result in named for line in file_lines(result, lang, None if is_verbose else _CAUSES)]
    if terminal and len(wrong) > len([r for r in named if r in wrong]):
        more = len(wrong) - _FILES
        lines.append(
            f"另有{more}个文件需要更正,见 reports/landing/(-v 列出全部)"
            if lang == ZH
            else f"{more} more files need mending: see reports/landing/ (-v lists all)"
        )
    if len(news) > 1:
        lines += _by_sender(news, lang)
    for batch in summary.released:
        lines.append(
            f"批次{batch}已更正,现予计入" if lang == ZH else f"Batch {batch} has been corrected and counts now"
        )
    if unchanged := summary.count(UNCHANGED):
        lines.append(
            f"{unchanged}个文件此前已处理,没有变化"
            if lang == ZH
            else f"{unchanged} files were seen before: nothing to do"
        )
        still = [r for r in summary.files if r.status == UNCHANGED and "仍未入库" in r.message_zh]
        lines += [line for result in still[:_FILES] for line in file_lines(result, lang)]
    if not summary.files:
        lines.append("没有文件" if lang == ZH else "There are no files")
    return lines


def _by_sender(results: list[FileResult], lang: str) -> list[str]:
    """A line a sender: files, rows, what was refused; who is not known comes last, by name."""
    cities = {row["city_code"]: row["name_zh" if lang == ZH else "name_en"] for row in read_seed("city")}
    files: dict[str | None, Counter[str]] = defaultdict(Counter)
    for result in results:
        counted = files[result.sender]
        counted["files"] += 1
        counted["refused"] += result.status == REFUSED
        counted["held"] += result.status == HELD
        if result.status in (LANDED, HELD, CHECKED):
            counted["landed"] += result.rows_landed
            counted["rejected"] += result.rows_rejected
    lines = []
    for city in sorted(files, key=lambda code: (code is None, code)):
        counted = files[city]
        if lang == ZH:
            who = cities[city] if city else "文件名和文件夹看不出报送单位"
            said = f"{who}:{counted['files']}个文件,通过{counted['landed']}行,退回{counted['rejected']}行"
            said += f",整体退回{counted['refused']}个" if counted["refused"] else ""
            said += f",暂扣{counted['held']}个" if counted["held"] else ""
        else:
            who = cities[city] if city else "No sender told by name or folder"
            said = f"{who}: {counted['files']} files, {counted['landed']} rows accepted, {counted['rejected']} rejected"
            said += f", {counted['refused']} files refused" if counted["refused"] else ""
            said += f", {counted['held']} held" if counted["held"] else ""
        lines.append(said)
    return lines
