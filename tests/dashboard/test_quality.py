"""What the Data quality page says in each state of the data, without a browser."""

import re

import rows_quality as rows
from fixture import CHECKS, publish
from page_text import plain

from dashboards.format import Numbers
from dashboards.words import Words
from skillsdw.seeds import read_seed

HECHI = {"city": "451200"}
NOBODY_LATE = [rows.fresh(city, "institution") | {"extract": code} for city in rows.CITIES for code in rows.EXTRACTS]


def test_the_sentence_says_whether_and_what_the_verdict_rests_on(open_page):
    page = plain(open_page(name="quality"))
    assert "要留意，全区的数字可能偏低：统计截至2026年10月31日，2026年11月1日发布。" in page
    assert "发布前4项检查没有错误，有1项提醒。" in page
    assert "就业证明超过提醒线未更新的有1个市：河池市。" in page
    assert "技能需求超过提醒线未更新的有1个市：百色市。" in page
    assert "1个文件被整体拒收，21行（1.0%）被退回，都没有计入。" in page


def test_the_same_in_english_without_a_chinese_sign(open_page):
    page = plain(open_page({"lang": "en"}, name="quality"))
    assert "With care, figures of The region may be low" in page
    assert not re.search("[\u4e00-\u9fff]", page)


def test_the_grid_says_each_state_with_a_sign_and_a_word(open_page):
    page = open_page(name="quality")
    assert '<td class="tone-below">▼\u00a0迟报\u00a052\u2060天</td>' in page
    assert '<td class="tone-below">✕\u00a0从未</td>' in page
    assert "<td>●\u00a0最新\u00a02\u2060天</td>" in page
    assert "<td>●\u00a0已入库</td>" in page


def test_where_nothing_is_late_or_refused_it_says_so(open_page):
    nothing = {"open_files": 0, "corrected_files": 0, "open_rows": 0, "corrected_rows": 0, "open_share": 0.0}
    clean = [rows.scope("ALL", "ALL", **nothing)]
    checks = [(*check[:4], "passed", *check[5:], None) for check in CHECKS]
    page = plain(
        open_page(
            name="quality",
            city_freshness=NOBODY_LATE,
            landing_scope=clean,
            landing_file=[],
            refused_reason=[],
            gate_result=checks,
        )
    )
    assert "可以用：统计截至" in page
    assert "发布前4项检查全部通过。各类数据都在提醒线以内。没有文件或行被退回。" in page
    assert "全区没有待更正的行" in page
    assert "没有需要重报的文件。" in page


def test_an_extract_that_never_landed_is_not_assessed(open_page):
    states = [rows.extract_state(code, has_landed=code != "subsidy") for code in rows.EXTRACTS]
    page = open_page(name="quality", extract_state=states, city_freshness=NOBODY_LATE)
    assert "可以用，个别数据偏旧" in plain(page)
    assert "补贴发放从未入库，依赖它的指标与规则均为〈未评估〉。" in plain(page)
    assert page.count("〈未评估〉") >= 4


def test_nothing_landed_is_no_figure_and_no_zero(open_page):
    empty = {name: [] for name in rows.tables()}
    states = [rows.extract_state(code, has_landed=False) for code in rows.EXTRACTS]
    never = [
        rows.fresh(city, code, freshness="never", days_behind=None, newest_on=None)
        for city in rows.CITIES
        for code in rows.EXTRACTS
    ]
    page = open_page(name="quality", **empty | {"extract_state": states, "city_freshness": never})
    assert "还没有任何数据入库" in plain(page)
    assert 'class="figures"' not in page
    assert "没有上一版可比" in plain(page)


def test_an_error_that_was_published_makes_the_figures_unfit_and_stands_first(open_page):
    broken = ("gate_2", "sum", "city_scorecard", "error", "crashed", None, 0, "各市之和等于全区", "Cities sum up", None)
    page = plain(open_page(name="quality", gate_result=[(*check, None) for check in CHECKS] + [broken]))
    assert "不宜使用，有检查未通过" in page
    assert "✕ 错误各市之和等于全区（结果数据）检查未能运行" in page
    assert page.index("✕ 错误各市之和") < page.index("▼ 提醒有市超过45天")


def test_without_checks_trust_cannot_be_judged(open_page):
    assert "本版本没有检查结果，可信与否无从判断。" in plain(open_page(name="quality", gate_result=[]))


def test_a_bureau_reads_which_of_its_rows_were_refused_why_and_what_to_do(open_page):
    page = plain(open_page(HECHI, name="quality"))
    assert "就业证明迟报52天。" in page
    assert "河池市待更正最多的一处：培训报名的“结业日期”，日期无法识别（9行）" in page
    assert "河池市待更正的21行：在哪个文件、第几行、为什么" in page
    assert "enrollment/451200-2026H1.csv10结业日期日期无法识别写成2026-03-01这样的日期" in page
    assert "河池市有21行待更正，最多的是“日期无法识别”（9行）" in page  # a row that was replaced is no loss


def test_a_refused_file_speaks_the_readers_language(open_page):
    assert "未入库。请另存为“CSV UTF-8”后重新报送（enrollment" in plain(open_page(HECHI, name="quality"))
    english = plain(open_page({"lang": "en", **HECHI}, name="quality", build="b"))
    assert "refused. Save it as CSV UTF-8 and send it again (enrollment" in english


def test_a_file_of_no_known_city_is_not_lost(open_page):
    nobodys = [
        rows.refused_file(city_code=None),
        rows.refused_file(
            city_code=None,
            batch_id=401,
            file_name="enrollment/全区.csv",
            status="landed",
            is_open=False,
            open_rows=7,
            message=None,
        ),
        rows.refused_file(city_code=None, batch_id=402, file_name="enrollment/好.csv", status="landed", is_open=False),
    ]
    page = plain(open_page(name="quality", landing_file=nobodys))
    assert "2个文件判断不出是谁报送的" in page
    assert "未能判断所属市 · 培训报名" in page
    assert "7行待更正，批次401（enrollment/全区.csv" in page
    assert "enrollment/好.csv" not in page
    assert "判断不出是谁报送的" not in plain(open_page(HECHI, name="quality", landing_file=nobodys, build="b"))


def test_what_was_corrected_is_no_longer_to_correct_and_says_by_which_file(open_page):
    corrected = rows.refused_file(is_open=False, corrected_by=412, corrected_by_file="enrollment/451200-更正.csv")
    page = plain(open_page(HECHI, name="quality", landing_file=[corrected]))
    assert "河池市没有待更正或放行的文件" in page
    assert "批次400已由enrollment/451200-更正.csv（批次412）更正，不需再报" in page
    assert "另有1个文件、5行被退回后已由后来的文件更正。" in page
    english = plain(open_page({"lang": "en", **HECHI}, name="quality", landing_file=[corrected], build="b"))
    assert "Batch 400 was corrected by enrollment/451200-更正.csv (batch 412); nothing to do" in english


def test_where_all_was_corrected_nothing_is_said_to_be_uncounted(open_page):
    scopes = [rows.scope("ALL", "ALL", open_files=0, open_rows=0, open_share=0.0)]
    page = plain(open_page(name="quality", landing_scope=scopes))
    assert "没有待更正的文件或行。另有1个文件、5行被退回后已由后来的文件更正。" in page
    assert "被退回，" not in page


def test_a_held_file_is_seen_and_the_page_says_how_it_is_released(open_page):
    held = rows.refused_file(status="held", is_open=False, rows_landed=60, rows_rejected=40, message=None)
    scopes = [rows.scope(city, "ALL", held_files=1, held_rows=60) for city in ("ALL", "451200")]
    page = plain(open_page(HECHI, name="quality", landing_file=[held], landing_scope=scopes))
    assert "1个文件退回过多，60行暂缓计入，待更正或放行。" in page
    assert "河池市有1个文件待更正或放行" in page
    assert "退回40行，超过上限，其余60行暂缓计入" in page
    assert "skillsdw land --release 400 --because 理由" in page
    english = plain(open_page({"lang": "en", **HECHI}, name="quality", landing_file=[held], build="b"))
    assert "skillsdw land --release 400 --because REASON" in english


def test_it_says_how_many_sessions_have_an_occupation_by_code_by_name_and_not_at_all(open_page):
    page = plain(open_page(name="quality"))
    assert "全区的人次：56.7%有职业代码，13.3%只有职业名称，30.0%没有职业" in page
    assert "河池市的人次：56.7%有职业代码" in plain(open_page(HECHI, name="quality", build="b"))
    page = open_page(name="quality", occupation_scope=[rows.occupation("ALL", "occupation", 1, 2, 1)] * 2, build="c")
    assert "25.0%有职业代码，50.0%只有职业名称，25.0%没有职业" in plain(page)


def test_what_changed_is_told_by_its_causes(open_page):
    page = plain(open_page(name="quality"))
    assert "2026年计入人次由138,240变为163,000，主要因新结业（+25,400）" in page
    assert "新结业+25,400、更正−640" in page
    assert "就业率：63.1% → 64.5%" in page
    assert "证书与就业更新+1.4个百分点" in page
    assert "2026年有2项指标变化" in page  # a cause without effect is none


def test_one_figure_is_chosen_in_the_address(open_page):
    page = plain(open_page({"figure": "employment_rate"}, name="quality"))
    assert "2026年就业率由63.1%变为64.5%，主要因证书与就业更新（+1.4个百分点）" in page


def test_the_projection_is_shown_against_what_it_came_to(open_page):
    page = plain(open_page(name="quality"))
    assert "以2025年回测：11个月末的预计平均相差6.2%，最终结果有9次落在80%区间内" in page
    assert "〈未评估〉 本年度没有可作估计的依据。" in page


def test_an_untested_projection_says_so(open_page):
    page = plain(open_page(name="quality", projection_accuracy=[], projection_backtest=[]))
    assert "尚无已结束的计划年度可供回测" in page


def test_every_reason_has_a_short_name_and_what_to_do():
    codes = [row["reason_code"] for row in read_seed("reason")]
    columns = {row["column_name"] for row in read_seed("extract_column")}
    for language in ("zh", "en"):
        words = Words(language)
        assert [code for code in codes if words.of("refusal", code) == code or words.of("mend", code) == code] == []
    assert [column for column in columns if Words("zh").of("filed", column) == column] == []
    assert Numbers(Words("zh")).points(0.014) == "+1.4"


def test_an_older_version_without_the_marts_says_what_to_do(run_page, home):
    import duckdb

    file = publish(home)
    with duckdb.connect(str(file)) as connection:
        connection.execute("drop table marts.landing_scope")
    page = run_page("quality", published=False)
    assert any("当前版本缺少本页需要的表" in block.proto.body for block in page.get("html"))
