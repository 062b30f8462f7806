"""docs/audit.md, made from the catalogue of checks: what each shows and how to follow it up."""

from audits.catalogue import Check, checks, kinds
from skillsdw.codes import read_seed
from skillsdw.home import PROJECT

HEADING = """# 审计核查 · Audit checks

本文件由 `audits/guide.py` 根据 `audits/*.csv` 和 `seeds/rule.csv` 生成，请勿手改。
Made by `audits/guide.py` from `audits/*.csv` and `seeds/rule.csv`: not to be edited by hand.

`skillsdw audit --out 文件夹` 在已发布的版本上运行下列检查，写出一个工作簿（目录、每项检查一页、全部 SQL）
和 `audit.json`；一页放不下的明细全部写入旁边的 CSV。同一版本每次写出的字节相同。

`skillsdw audit --out DIR` runs these checks on the published version and writes one workbook (contents, a sheet a
check, all SQL) and `audit.json`; rows that do not fit on a sheet go whole to a CSV beside it. One version gives the
same bytes each time.

- **规则**违反文件条款；**疑点线索**值得核查，不是结论。
  A **rule** breaks a clause; a **lead** is worth a look, no verdict.
- 所需报表从未入库的检查为〈未评估〉，没有结果数，不是 0。
  A check that needs an extract that never landed is not assessed:
  it has no count, which is not 0.
- 明细只有编号和人员键，没有身份证号和姓名。Rows hold keys, never resident IDs or names.
"""


def guide_text() -> str:
    found = checks(read_seed("rule"))
    own = [check for check in found if check.code.islower()]
    rules = [check for check in found if not check.code.islower()]
    return "\n".join(
        [
            HEADING,
            "## 各条规则 · Every rule\n",
            "由规则目录逐条生成。Made one by one from the catalogue of rules.\n",
            "| 规则 Rule | 名称 | Name | 条款 Clause | 性质 Kind | 所需报表 Needs |",
            "|---|---|---|---|---|---|",
            *(_row(check) for check in rules),
            "",
            *(f"- **{kinds()[kind]['name_zh']}** {_follow_up(kind)}" for kind in ("ineligible", "warning", "payment")),
            "",
            "## 其他检查 · Other checks",
            *(_section(check) for check in own),
        ]
    )


def _row(check: Check) -> str:
    kind = kinds()[check.kind]["name_zh"]
    cells = (f"`{check.code}`", check.name_zh, check.name_en, check.clause or "—", kind, _needs(check))
    return f"| {' | '.join(cells)} |"


def _follow_up(kind: str) -> str:
    return f"{kinds()[kind]['follow_zh']} {kinds()[kind]['follow_en']}"


def _section(check: Check) -> str:
    kind = kinds()[check.kind]
    return "\n".join(
        [
            f"\n### {check.name_zh} · {check.name_en}\n",
            f"`{check.code}` · {kind['name_zh']} {kind['name_en']} · 条款 Clause {check.clause or '—'} · "
            f"所需报表 Needs {_needs(check)} · [SQL](../audits/{check.code}.sql)\n",
            f"{check.shows_zh}\n",
            f"{check.shows_en}\n",
            f"处置：{check.follow_zh} Follow-up: {check.follow_en}",
        ]
    )


def _needs(check: Check) -> str:
    return ", ".join(check.extracts)


if __name__ == "__main__":
    (PROJECT / "docs" / "audit.md").write_text(guide_text() + "\n", encoding="utf-8")
