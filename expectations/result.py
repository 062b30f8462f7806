"""What a gate says, and whether it stops the publish. Light: nothing here imports Great Expectations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PASSED, FAILED, CRASHED = "passed", "failed", "crashed"
ERROR, WARNING = "error", "warning"

_GATE_NAMES = {
    "zh": {"gate_1": "第一道检查(入库数据)", "gate_2": "第二道检查(数据集市)", "dbt": "dbt 测试"},
    "en": {"gate_1": "Gate 1 (raw)", "gate_2": "Gate 2 (marts)", "dbt": "dbt tests"},
}
_WORDS = {
    "zh": {
        "total": "{name}:通过 {passed} 项,停止发布 {stopping} 项,提示 {warning} 项",
        "failed": "不通过",
        "crashed": "未能完成",
        "error": "停止发布",
        "warning": "提示",
        "line": "[{severity}·{status}] {subject} · {check}:{message}{observed}",
        "observed": "({text})",
    },
    "en": {
        "total": "{name}: {passed} passed, {stopping} stop the publish, {warning} warnings",
        "failed": "failed",
        "crashed": "crashed",
        "error": "error",
        "warning": "warning",
        "line": "[{severity}, {status}] {subject}, {check}: {message}{observed}",
        "observed": " ({text})",
    },
}


@dataclass(frozen=True)
class GateResult:
    """One row of `gate_result`: what one check said of one subject."""

    gate: str
    check_name: str
    subject: str
    severity: str
    status: str
    observed: str | None
    unexpected_count: int | None
    message_zh: str
    message_en: str
    checked_at: str

    @property
    def stops(self) -> bool:
        """An error that failed stops the publish, and so does one that could not be checked."""
        return self.severity == ERROR and self.status != PASSED


def stops_publish(results: Sequence[GateResult]) -> bool:
    """Say whether the results stop the publish. A gate that said nothing has not been passed."""
    return not results or any(result.stops for result in results)


def summary_lines(results: Sequence[GateResult], lang: str = "zh") -> list[str]:
    """Return a line of totals a gate, and a line for each check that did not pass, stopping ones first."""
    words = _WORDS[lang]
    lines = []
    for gate in dict.fromkeys(result.gate for result in results):
        own = [result for result in results if result.gate == gate]
        open_ones = sorted((result for result in own if result.status != PASSED), key=lambda result: not result.stops)
        lines.append(
            words["total"].format(
                name=_GATE_NAMES[lang].get(gate, gate),
                passed=len(own) - len(open_ones),
                stopping=sum(result.stops for result in open_ones),
                warning=sum(not result.stops for result in open_ones),
            )
        )
        lines += [_line(result, words, lang) for result in open_ones]
    return lines


def _line(result: GateResult, words: dict[str, str], lang: str) -> str:
    return words["line"].format(
        severity=words[result.severity],
        status=words[result.status],
        subject=result.subject,
        check=result.check_name,
        message=result.message_zh if lang == "zh" else result.message_en,
        observed=words["observed"].format(text=result.observed) if result.observed else "",
    )


def write_results(results: Iterable[GateResult], path: Path) -> None:
    """Write the results as a JSON list of `gate_result` rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(result) for result in results]
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_results(path: Path) -> list[GateResult]:
    """Read back what `write_results` wrote."""
    return [GateResult(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
