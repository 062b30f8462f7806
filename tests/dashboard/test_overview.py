"""What the Overview says in each state of the data, without a browser."""

import re
from datetime import date

import fixture
import pytest
from page_text import plain


def test_the_sentence_says_counted_attainment_pace_and_priority_share(open_page):
    assert (
        "▼ 进度偏慢：截至2026年10月31日，2026年计入16.3万人次，完成年度目标21万人次的77.6%，"
        "为按日历应完成数的93.2%；重点群体占总人数的71.7%，达到不低于70%的要求。"
    ) in plain(open_page())


def test_the_same_sentence_in_english(open_page):
    assert (
        "▼ Behind schedule: by 31 Oct 2026, 163k sessions were counted in 2026, 77.6% of the year's target "
        "of 210k sessions and 93.2% of what the calendar calls for by now; priority groups are 71.7% of "
        "persons, meeting the required 70%."
    ) in plain(open_page({"lang": "en"}))


def test_an_english_page_has_no_chinese_but_the_switch(open_page):
    assert not re.search("[\u4e00-\u9fff]", plain(open_page({"lang": "en"})))


def test_a_closed_year_says_whether_its_target_was_met(open_page):
    page = plain(open_page({"year": "2025"}))
    assert "▲ 年度目标已完成：2025年全年计入18.1万人次，为年度目标18万人次的100.7%" in page
    assert "未达到不低于70%的要求" in page
    assert "年度已结束" in page


def test_the_three_years_together_have_their_own_sentence(open_page):
    assert "三年合计计入34.4万人次，完成总目标60万人次的57.4%" in plain(open_page({"year": "0"}))


def test_a_year_that_has_not_begun_is_too_early_and_not_zero(open_page):
    page = open_page({"year": "2027"})
    assert "2027年尚未开始" in plain(page)
    assert page.count("〈未到期〉") > 4
    assert ">0.0%<" not in page


@pytest.mark.parametrize(
    ("as_of", "shown"), [(date(2024, 5, 1), "2025年尚未开始"), (date(2029, 1, 1), "2027年全年计入")]
)
def test_outside_the_plan_the_nearest_plan_year_is_shown(open_page, as_of, shown):
    assert shown in plain(open_page(as_of=as_of))


@pytest.mark.parametrize("address", [{"year": "1999"}, {"year": "x", "lang": "fr"}, {"lang": ""}])
def test_an_address_that_asks_for_nonsense_shows_the_current_year_in_chinese(open_page, address):
    assert "2026年计入16.3万人次" in plain(open_page(address))


def test_zero_denominators_show_a_dash_and_a_sentence_never_zero_percent(open_page):
    nobody = {
        "persons": 0,
        "priority_persons": 0,
        "priority_share_persons": None,
        "priority_standing": None,
        "priority_share_sessions": None,
        "sessions_to_70": None,
    }
    rows = [fixture.progress_row(year, **nobody) for year in fixture.PROGRESS]
    page = plain(open_page(target_progress=rows))
    assert "尚无计入人员，重点群体占比无从计算。" in page
    assert "〈—〉" in page


def test_a_null_pace_is_said_and_not_guessed(open_page):
    rows = [fixture.progress_row(year, pace=None) for year in fixture.PROGRESS]
    assert "● 进度暂无法判断：" in plain(open_page(target_progress=rows))


def test_a_null_projection_is_not_assessed_and_says_why(open_page):
    page = plain(open_page())
    assert "年末预计〈未评估〉可用的月份不足，暂不预计" in page


def test_a_projection_shows_with_its_interval(open_page):
    projected = {"projection": 197_400.0, "projection_low": 190_100.0, "projection_high": 205_200.0}
    rows = [fixture.progress_row(year, **projected) for year in fixture.PROGRESS]
    assert "19.7万人次80%区间 19万—20.5万" in plain(open_page(target_progress=rows))


def test_a_share_just_under_its_target_is_not_rounded_onto_it(open_page):
    below = {"priority_share_persons": 0.69996, "priority_standing": "below"}
    rows = [fixture.progress_row(year, **below) for year in fixture.PROGRESS]
    page = plain(open_page(target_progress=rows))
    assert "重点群体占总人数的69.996%，未达到不低于70%的要求" in page


def test_a_share_that_the_interval_cannot_tell_from_its_target_is_called_so(open_page):
    near = {"priority_share_persons": 0.7003, "priority_standing": "undecided"}
    page = plain(open_page(target_progress=[fixture.progress_row(year, **near) for year in fixture.PROGRESS]))
    assert "重点群体占总人数的70.03%，与70%的要求无法区分" in page
    assert "● 与70%无法区分；按人次" in page
    assert "重点群体占70.03%，与70%的要求无法区分" in page


def test_what_needs_attention_is_said_with_provisional_and_reference_marks(open_page):
    page = plain(open_page())
    assert "“当年已享受1次”使5,210人次未计入" in page
    assert "玉林市进度74.2%，比应完成少4,830人次参考目标" in page
    assert "深海空天今年尚无计入人次暂定" in page


def test_every_kind_of_attention_has_words_in_both_languages(open_page):
    items = [
        (2026, 1, "priority_below_target", "city", "450800", 0.61, 0.7, 2_310),
        (2026, 2, "bureau_silent", "city", "451300", 61.0, 45.0, 1_200),
    ]
    assert "来宾市已61天没有报送" in plain(open_page(attention_item=items))


def test_nothing_to_attend_to_is_said(open_page):
    assert "没有需要特别关注的事项。" in plain(open_page(attention_item=[]))


def test_a_code_newer_than_the_page_shows_as_itself(open_page):
    assert "brand_new_cause" in open_page(
        funnel_loss=[(2026, "completed", "brand_new_cause", 28_600, 1)],
    )


def test_both_bases_of_the_priority_share_stand_side_by_side(open_page):
    assert "按人数 71.7%（106,618 ÷ 148,700人）；按人次 69.7%（113,600 ÷ 163,000人次）" in plain(open_page())


def test_what_was_paid_is_not_assessed_only_while_no_payments_have_landed(open_page):
    missing = [{"extract": name, "has_landed": name != "subsidy"} for name in ("enrollment", "subsidy")]
    assert "已拨付〈未评估〉（尚无资金拨付数据入库）" in plain(open_page(extract_state=missing))
    page = plain(open_page(build="20261115T083000-aaaaaaa"))
    assert "尚无资金拨付数据" not in page
    assert "故另列已开班20.5万人次；本期结业18.4万人次。已有资金拨付数据入库" in page


def test_the_checks_and_their_warnings_are_listed(open_page):
    assert "发布前共做4项检查：错误0项，提醒1项。有市超过45天未报送就业证明" in plain(open_page())


def test_the_foot_names_everything_the_figures_depend_on(open_page):
    page = plain(open_page())
    for part in (
        fixture.BUILD,
        "2026年10月31日",
        "2026-11-01 08:00",
        "2026-11-01 08:30",
        "2025-09",
        "7f3a2c1",
    ):
        assert part in page.split("数据检查")[-1]


def test_text_from_the_warehouse_is_shown_and_never_run(open_page):
    bad = ("gate_1", "x", "x", "warning", "failed", None, 1, "<script>alert(1)</script>", "x", None)
    assert "<script>alert" not in open_page(gate_result=[bad])


def test_without_a_published_version_the_page_says_what_to_run(open_page):
    page = plain(open_page(published=False))
    assert "还没有发布过数据" in page
    assert "skillsdw up" in page
    assert "Nothing has been published yet" in plain(open_page({"lang": "en"}, published=False))


def test_a_link_to_nowhere_gives_a_sentence(open_page, home):
    fixture.point_link_at(home, "versions/gone.duckdb")
    page = plain(open_page(published=False))
    assert "当前版本的文件找不到" in page
    assert "skillsdw rollback" in page


def test_a_link_to_itself_gives_a_sentence(open_page, home):
    fixture.point_link_at(home, "warehouse.duckdb")
    assert "当前版本的文件找不到" in plain(open_page(published=False))


def test_a_file_that_is_no_warehouse_gives_a_sentence(open_page, home):
    (home / "published").mkdir()
    (home / "published" / "broken.duckdb").write_bytes(b"not a database" * 1000)
    fixture.point_link_at(home, "broken.duckdb")
    assert "当前版本无法打开" in plain(open_page(published=False))


def test_a_version_without_a_table_gives_a_sentence(open_page, home):
    import duckdb

    file = fixture.publish(home)
    with duckdb.connect(str(file)) as connection:
        connection.execute("drop table marts.session_funnel")
    assert "当前版本缺少本页需要的表" in plain(open_page(published=False))


def test_an_empty_version_gives_a_sentence(open_page):
    assert "当前版本无法打开" in plain(open_page(published_version=[]))


def test_a_new_publish_shows_on_the_next_run(open_page):
    open_page()
    later = [fixture.progress_row(year) for year in fixture.PROGRESS if year != 2026]
    later.append(fixture.progress_row(2026, counted_sessions=171_000, attainment=171 / 210))
    page = plain(open_page(build="20261115T083000-aaaaaaa", target_progress=later))
    assert "17.1万人次" in page
    assert "20261115T083000-aaaaaaa" in page
