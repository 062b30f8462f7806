"""The `skillsdw` command: parses, calls, prints.

Exit status: 0 done · 1 the work failed, nothing changed · 2 wrong usage · 3 done, but something was refused or stopped.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from skillsdw.home import Home, HomeBusy, beijing_now
from skillsdw.memory import for_database
from skillsdw.seeds import SeedError, in_force

app = typer.Typer(
    help="广西“技能照亮前程”数据仓库 / The Guangxi skills warehouse",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

share_app = typer.Typer(
    help="把已发布的数据提供给其他机器的 DuckDB / Serve the published version to other machines' DuckDB",
    no_args_is_help=True,
)
token_app = typer.Typer(help="令牌:发放、列出、撤销 / Tokens: issue, list, revoke", no_args_is_help=True)
share_app.add_typer(token_app, name="token")
app.add_typer(share_app, name="share")

REFUSED = 3
_NOT_OTHERS = 0o027  # what is made may be read by its group, written by its owner
Value = TypeVar("Value")


def _of_home(context: typer.Context, root: Path | None) -> Path | None:
    """Let the home's own lists be in force until the command has ended."""
    if root is not None:
        context.with_resource(in_force(Home(root)))
    return root


HomeOption = Annotated[
    Path,
    typer.Option(
        "--home", envvar="SKILLSDW_HOME", help="数据目录 / Folder of the data", show_default=True, callback=_of_home
    ),
]
ListsOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="SKILLSDW_HOME",
        help="按此数据目录的官方名单自查 / Check by the official lists of this home",
        callback=_of_home,
    ),
]
ExtractOption = Annotated[
    str | None,
    typer.Option("--extract", help="数据类别,默认按所在文件夹 / Extract, by default the folder's name"),
]


def _memory(text: str | None) -> str | None:
    try:
        return None if text is None else for_database(text)
    except ValueError:
        raise typer.BadParameter(f"无法识别“{text}”,应如 4GB / {text!r} is no amount such as 4GB") from None


MemoryOption = Annotated[
    str | None,
    typer.Option(
        "--memory-limit",
        callback=_memory,
        help="所有进程合计的内存上限,如 4GB / Memory limit of all processes together, for example 4GB",
    ),
]
LangOption = Annotated[
    Literal["zh", "en"] | None,
    typer.Option(
        "--lang", help="输出语言,默认按系统区域设置,否则中文 / Language, by default the locale's, else Chinese"
    ),
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="逐个列出文件 / Name every file")]
PathsArgument = Annotated[list[Path] | None, typer.Argument(help="文件或文件夹 / Files or folders")]
DEFAULT_HOME = Path("data")


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A bar on a terminal, plain lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda message: print(message, file=sys.stderr, flush=True)
        return
    # A file's name may look like markup.
    columns = (TextColumn("{task.description}", markup=False), BarColumn(pulse_style="cyan"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda message: bar.update(task, description=message)


def _lang(chosen: str | None) -> str:
    """The language of what is said: the one asked for, else the locale's, else Chinese."""
    if chosen:
        return chosen
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "en" if value.lower().startswith("en") else "zh"
    return "zh"


@contextmanager
def _files_done(lang: str | None) -> Iterator[Callable[[object], None]]:
    """A bar that counts files on a terminal; elsewhere nothing, since the summary names them."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(pulse_style="cyan"), TimeElapsedColumn())
    word = "{} 个文件" if _lang(lang) == "zh" else "{} files"
    with Progress(*columns, console=console, transient=True) as bar:
        task, done = bar.add_task(word.format(0), total=None), 0

        def count(_: object) -> None:
            nonlocal done
            done += 1
            bar.update(task, description=word.format(done))

        yield count


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str | None) -> datetime | None:
    """A moment in Beijing time, naive; one with an offset is converted."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None) + timedelta(hours=8)


def _parsed(parse: Callable[[str | None], Value], text: str | None, option: str) -> Value:
    try:
        return parse(text)
    except ValueError:
        raise typer.BadParameter(
            f"无法识别“{text}”,应如 2026-10-31 / {text!r} is not a date such as 2026-10-31", param_hint=option
        ) from None


@app.command()
def up(
    home: HomeOption = DEFAULT_HOME,
    port: Annotated[int, typer.Option(help="端口 / Port")] = 8501,
    address: Annotated[str, typer.Option(help="地址 / Address")] = "127.0.0.1",
    memory_limit: MemoryOption = None,
) -> None:
    """一步到位:必要时生成示例数据,入库、构建、发布、打开仪表盘 / Sample if empty, land, build, publish, serve."""
    from skillsdw.build import build, is_up_to_date
    from skillsdw.landing import land
    from skillsdw.sample import sessions_for_plan, write_sample

    place = Home(home)
    today = beijing_now().date()
    if not _has_files(place.landing):
        print("landing/ 为空:生成示例数据(全部虚构) / landing/ is empty: making sample extracts (all synthetic)")
        start = date(2025, 1, 1)
        with _progress() as say:
            write_sample(place.landing, sessions_for_plan(start, today), start=start, end=today, progress=say)
    with _files_done(None) as progress:
        summary = land(place, None, None, memory_limit=memory_limit, progress=progress)
    _print_landing(summary)
    if is_up_to_date(place, today):
        print("已是最新,无需重建 / Already up to date: nothing to build")
    else:
        with _progress() as say:
            report = build(place, today, memory_limit=memory_limit, progress=say)
        _print_build(report)
    _serve(place, address, port)


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() and path.parent != folder for path in folder.rglob("*"))


@app.command()
def sample(
    sessions: Annotated[int, typer.Option(min=1, help="报名记录数 / Number of enrolment records")],
    out: Annotated[Path, typer.Option(help="输出文件夹 / Folder to write")],
    seed: Annotated[int, typer.Option(help="随机种子 / Random seed")] = 2025,
    start: Annotated[str | None, typer.Option("--from", help="起始日期 / First day")] = None,
    end: Annotated[str | None, typer.Option("--to", help="截止日期 / Last day")] = None,
    faults: Annotated[float, typer.Option(min=0, max=1, help="错误行占比 / Share of faulty rows")] = 0.01,
    plain: Annotated[bool, typer.Option(help="统一为标准格式(基准测试用) / One clean dialect, for benchmarks")] = False,
) -> None:
    """生成示例数据(全部虚构) / Write synthetic extracts."""
    from skillsdw.sample import write_sample

    first, last = _parsed(_day, start, "--from"), _parsed(_day, end, "--to")
    with _progress() as say:
        write_sample(out, sessions, seed=seed, start=first, end=last, faults=faults, plain=plain, progress=say)
    print(f"已写入 {out} / Written to {out}")


@app.command()
def land(
    paths: PathsArgument = None,
    extract: ExtractOption = None,
    home: HomeOption = DEFAULT_HOME,
    memory_limit: MemoryOption = None,
    lang: LangOption = None,
    verbose: VerboseOption = False,
    backfill: Annotated[
        bool,
        typer.Option("--backfill", help="分步补录历史数据,检查时不作为突增 / History that is loaded in steps, no jump"),
    ] = False,
    release: Annotated[
        int | None, typer.Option(min=1, help="放行暂扣的批次号 / The held batch to release", metavar="BATCH")
    ] = None,
    because: Annotated[str | None, typer.Option(help="放行的理由,会留存 / Why it is released; it is kept")] = None,
) -> None:
    """把新文件入库;或放行一个暂扣的批次 / Land new files, or release a batch that is held."""
    if release is not None:
        _release(Home(home), release, because, lang)
        return
    from skillsdw.landing import land as land_files

    with _files_done(lang) as progress:
        summary = land_files(
            Home(home), paths or None, extract, memory_limit=memory_limit, progress=progress, backfill=backfill
        )
    _print_landing(summary, lang, verbose)
    if summary.refused_anything:
        raise typer.Exit(REFUSED)


def _release(home: Home, batch_id: int, because: str | None, lang: str | None) -> None:
    from skillsdw.identity import scrub
    from skillsdw.landing import release as release_batch

    if not because or not because.strip():
        raise typer.BadParameter("请用 --because 写明放行的理由 / say why with --because", param_hint="--because")
    release_batch(home, batch_id, scrub(because.strip()))
    print(
        f"批次{batch_id}已放行,下次构建起计入"
        if _lang(lang) == "zh"
        else f"Batch {batch_id} is released and counts from the next build"
    )


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="文件 / Files")],
    extract: ExtractOption = None,
    lang: LangOption = None,
    _home: ListsOption = None,
) -> None:
    """报送前自查:入库时会说什么,但不入库 / What landing would say of these files, without landing them."""
    from skillsdw.identity import scrub
    from skillsdw.landing import check as check_files
    from skillsdw.landing.words import check_lines

    with _files_done(lang) as progress:
        results = check_files(files, extract, progress=progress)
    print(scrub("\n".join(check_lines(results, _lang(lang)))))
    if any(result.status == "refused" or result.rows_rejected > 0 for result in results):
        raise typer.Exit(REFUSED)


@app.command()
def build(
    as_of: Annotated[str | None, typer.Option("--as-of", help="统计截止日 / Business date")] = None,
    known_at: Annotated[
        str | None,
        typer.Option("--known-at", help="只读此刻(北京时间)及以前入库的批次 / Only batches landed by then"),
    ] = None,
    keep: Annotated[int, typer.Option(min=1, help="保留的版本数 / Versions kept")] = 5,
    full: Annotated[bool, typer.Option("--full", help="全部重算 / Everything anew, not only what changed")] = False,
    engine: Annotated[Literal["duckdb", "spark"], typer.Option(help="计算引擎 / Where the marts are made")] = "duckdb",
    backfill: Annotated[
        bool,
        typer.Option(
            "--backfill",
            help="本次补录历史数据:新入库记录带来的增加只提示,不停止发布 / "
            "History is being loaded: a rise by newly landed records is reported and does not stop",
        ),
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    memory_limit: MemoryOption = None,
) -> None:
    """检查、构建、再检查、发布 / Gate 1, dbt, gate 2, publish."""
    from skillsdw.build import STOPPED
    from skillsdw.build import build as run_build

    day, moment = _parsed(_day, as_of, "--as-of"), _parsed(_moment, known_at, "--known-at")
    with _progress() as say:
        report = run_build(
            Home(home),
            day,
            moment,
            keep=keep,
            memory_limit=memory_limit,
            progress=say,
            full=full,
            engine=engine,
            is_backfill=backfill,
        )
    _print_build(report)
    if report.state == STOPPED:
        raise typer.Exit(REFUSED)


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="端口 / Port")] = 8501,
    address: Annotated[str, typer.Option(help="地址 / Address")] = "127.0.0.1",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """打开仪表盘 / Serve the dashboard."""
    _serve(Home(home), address, port)


def _serve(home: Home, address: str, port: int) -> None:
    from skillsdw.serve import checked, free_port
    from skillsdw.serve import serve as run_server

    found = checked(home, address)
    chosen = free_port(address, port)
    shown = f"[{address}]" if ":" in address else address
    print(f"仪表盘 / Dashboard: http://{shown}:{chosen}", flush=True)
    if found is None:
        print("未配置统一登录:仅本机可访问 / No sign-in is configured: served to this machine only", flush=True)
    else:
        entrance = found.redirect_uri.removesuffix("/oauth2callback")
        print(f"登录入口 / Sign in at {entrance}", flush=True)
    _say_what_is_open()
    run_server(home, address, chosen)


def _say_what_is_open() -> None:
    """Readers' SQL runs in a closed room, or whoever starts the server hears that it does not."""
    from skillsdw.closed_room import missing

    if lacking := missing():
        named = " + ".join(lacking)
        print(
            f"注意:本机没有 {named},执行查询的进程未被完全隔离;请只让可信的人查询,或换用有它的系统 / "
            f"Note: this machine has no {named}; processes that run queries are not fully closed in: let in only whom "
            "you trust, or serve from a system that has it",
            flush=True,
        )


@app.command()
def rollback(
    build_id: Annotated[
        str | None, typer.Argument(help="版本号,默认上一版 / Version, by default the one before")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """退回到以前的版本 / Put an earlier version back."""
    from skillsdw.home import exclusive
    from skillsdw.keys import settle_rotation
    from skillsdw.publish import rollback as roll_back

    place = Home(home)
    with exclusive(place):
        settle_rotation(place)
        version = roll_back(place, build_id)
    print(f"现在发布的是 {version.stem} / Now published: {version.stem}")


@app.command()
def editions(
    city: Annotated[
        list[str] | None,
        typer.Option(help="市代码或名称,可重复;默认全部所需 / City, may be repeated; default: all needed"),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    memory_limit: MemoryOption = None,
) -> None:
    """补齐当前版本的分市版本 / Write the editions of the current version that are missing."""
    from skillsdw.editions.make import make, wanted
    from skillsdw.home import exclusive
    from skillsdw.publish import PublishError, current_version

    place = Home(home)
    readers = {frozenset(_city(name) for name in city)} if city else wanted(place)
    with exclusive(place):
        version = current_version(place)
        if version is None:
            raise PublishError("尚未发布任何版本 / Nothing is published yet")
        with _progress() as say:
            faults = make(place, version, readers, memory_limit, say)
    for fault in faults:
        print(fault)
    print(f"版本 {version.stem} 的分市版本已齐 / Editions of {version.stem}: {len(readers) - len(faults)}")
    if faults:
        raise typer.Exit(REFUSED)


@app.command(name="diff")
def diff_(
    before: Annotated[str, typer.Argument(help="较早的版本号 / The earlier version")],
    after: Annotated[str, typer.Argument(help="较晚的版本号 / The later version")],
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON / Print JSON")] = False,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """两个已发布版本之间的变化及原因 / What changed between two published versions, and why."""
    import json
    from dataclasses import asdict

    from skillsdw.diff import diff, lines
    from skillsdw.publish import version_file

    found = diff(version_file(Home(home), before), version_file(Home(home), after))
    print(json.dumps([asdict(change) for change in found]) if as_json else "\n".join(lines(found)))


@app.command()
def audit(
    out: Annotated[Path, typer.Option(help="输出文件夹 / Folder to write")],
    home: HomeOption = DEFAULT_HOME,
    memory_limit: MemoryOption = None,
) -> None:
    """审计核查表:各项检查的条款、SQL、结果数和明细 / The audit workbook: each check's clause, SQL, count and rows."""
    from audits.pack import audit as make_pack
    from audits.pack import lines

    with _progress() as say:
        pack = make_pack(Home(home), out, memory_limit, progress=say)
    print("\n".join(lines(pack.findings)))
    print(f"已写入 {pack.workbook} / Written to {pack.workbook}")


@app.command()
def report(
    month: Annotated[str, typer.Option(help="月份,如 2026-10 / Month, for example 2026-10")],
    out: Annotated[Path, typer.Option(help="输出文件:.docx、.xlsx 或 .html / File to write: .docx, .xlsx or .html")],
    city: Annotated[
        str | None, typer.Option(help="市代码或名称,默认全区 / City's code or name, by default the whole province")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """月度通报:全区或一个市的进展、比较、成效、合规与数据质量 / The monthly circular of the province or of a city."""
    first, code, ending = _plan_month(month), _city(city), out.suffix.lower()
    if ending not in (".docx", ".xlsx", ".html"):
        raise typer.BadParameter(
            f"{out} 应以 .docx、.xlsx 或 .html 结尾 / {out} must end in .docx, .xlsx or .html", param_hint="--out"
        )
    from bulletin.report import report as write_report
    from skillsdw.audit_trail import CIRCULAR, record

    with _progress() as say:
        version = write_report(Home(home), first, code, out, progress=say)
    cities = None if code == "ALL" else frozenset([code])
    record(Home(home), None, cities, CIRCULAR, version.stem, out.name)
    print(f"已写入 {out}(版本 {version.stem}) / Written to {out} (version {version.stem})")


@app.command()
def trail(
    days: Annotated[int, typer.Option(min=1, help="最近几天 / The last so many days")] = 7,
    who: Annotated[str | None, typer.Option(help="只看此人或令牌 / Only this reader or token")] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """谁在何时查询、下载了什么 / Who asked for, and saved, what, and when."""
    from skillsdw.audit_trail import latest

    found = [entry for entry in latest(Home(home), days) if who is None or who in entry.who]
    for entry in found:
        what = " ".join(entry.what.split())
        print(f"{entry.at}  {entry.who}  {entry.scope}  {entry.kind}  {entry.build}  {what}")
    print(f"最近 {days} 天 {len(found)} 条 / {len(found)} in the last {days} days")


@share_app.command(name="serve")
def share_serve(
    address: Annotated[str, typer.Option(help="地址 / Address")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="端口,0 为任一空闲端口 / Port, 0 for any free one")
    ] = 9494,
    certificate: Annotated[Path | None, typer.Option(help="TLS 证书链(PEM) / Certificate chain for TLS (PEM)")] = None,
    private_key: Annotated[Path | None, typer.Option(help="证书的私钥(PEM) / The certificate's private key")] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """只读提供已发布版本,供持令牌的 DuckDB 查询 / Serve the published version, read-only, to whoever has a token."""
    import asyncio

    from skillsdw.share.gateway import run, secured

    _say_what_is_open()
    asyncio.run(run(Home(home), address, port, secured(address, certificate, private_key)))


@token_app.command(name="add")
def token_add(
    name: Annotated[
        str, typer.Option(help="单位或用途,不要写个人姓名 / An office or a purpose, never a person's name")
    ],
    role: Annotated[str, typer.Option(help="planner、analyst 或 city / planner, analyst or city")],
    days: Annotated[int, typer.Option(min=1, max=366, help="有效天数 / Days that it lasts")],
    city: Annotated[
        str | None, typer.Option(help="角色为 city 时的市代码或名称 / Of the role city: its code or name")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """发放令牌,只显示这一次 / Issue a token; it is shown this once."""
    from skillsdw.editions.make import make
    from skillsdw.home import exclusive
    from skillsdw.publish import current_version
    from skillsdw.share import tokens
    from skillsdw.share.roles import Role

    code, place = _city(city) if city else None, Home(home)
    version = current_version(place)
    if code is not None and version is not None:
        with exclusive(place), _progress() as say:
            for fault in make(place, version, [frozenset([code])], progress=say):
                raise fault
    text, token = tokens.add(place, name, Role(role, code), days)
    print(f"已发放 {token.id},有效至 {token.expires_at:%Y-%m-%d %H:%M} / Issued {token.id}, valid until then")
    print("令牌只显示这一次,请当面或经保密渠道交付 / The token is shown this once: hand it over in confidence")
    print(text)


@token_app.command(name="list")
def token_list(home: HomeOption = DEFAULT_HOME) -> None:
    """列出令牌及其状态 / List the tokens and their states."""
    from skillsdw.share import tokens

    words = {"valid": "有效 / valid", "expired": "已过期 / expired", "revoked": "已撤销 / revoked"}
    found, now = tokens.read(Home(home)), beijing_now()
    for token in found:
        until = f"{token.created_at:%Y-%m-%d} – {token.expires_at:%Y-%m-%d %H:%M}"
        print(f"{token.id}  {token.role}  {until}  {words[token.state(now)]}  {token.name}")
    if not found:
        print("尚未发放令牌 / No token has been issued")


@token_app.command(name="revoke")
def token_revoke(
    which: Annotated[str, typer.Argument(help="编号或名称 / Id or name")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """撤销令牌,正在进行的查询随即终止 / Revoke a token; queries under way end within a second."""
    from skillsdw.share import tokens

    token = tokens.revoke(Home(home), which)
    print(f"已撤销 {token.id}({token.name}) / Revoked {token.id}")


def _plan_month(text: str) -> date:
    """The first day of a month of a plan year."""
    from skillsdw.codes import read_seed

    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter(
            f"无法识别“{text}”,应如 2026-10 / {text!r} is not a month such as 2026-10", param_hint="--month"
        ) from None
    years = sorted(int(row["plan_year"]) for row in read_seed("target"))
    if first.year not in years:
        raise typer.BadParameter(
            f"{text} 不在行动计划的年度内({years[0]}—{years[-1]}) / {text} is in no year of the plan "
            f"({years[0]} to {years[-1]})",
            param_hint="--month",
        )
    return first


def _city(text: str | None) -> str:
    """A city's code, from its code or one of its names; ALL for none."""
    from skillsdw.codes import read_seed, spelling

    if text is None:
        return "ALL"
    cities = read_seed("city")
    wanted = spelling(text)
    for row in cities:
        names = (row["city_code"], row["name_zh"], row["name_zh"].removesuffix("市"), row["name_en"])
        if wanted in map(spelling, names):
            return row["city_code"]
    known = "、".join(f"{row['city_code']} {row['name_zh']}" for row in cities)
    raise typer.BadParameter(f"没有“{text}”这个市;可选:{known} / There is no city {text!r}", param_hint="--city")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON / Print JSON")] = False,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """批次、时效、已发布版本、最近一次失败 / Batches, freshness, what is published, the last failure."""
    from skillsdw.status import read_status, status_lines, to_json

    state = read_status(Home(home))
    print(to_json(state) if as_json else "\n".join(status_lines(state)))


@app.command()
def doctor(home: HomeOption = DEFAULT_HOME) -> None:
    """诊断数据目录:有什么问题、意味着什么、如何处理;不改动任何内容 / What is wrong with the home and how to mend it."""
    from skillsdw.doctor import SEVERE, examine, lines

    findings = examine(Home(home))
    print("\n".join(lines(findings)))
    if any(finding.severity == SEVERE for finding in findings):
        raise typer.Exit(1)


key_app = typer.Typer(help="密钥:更换、备份、恢复 / The key: rotate, back up, restore", no_args_is_help=True)
app.add_typer(key_app, name="key")
PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file", help="口令所在文件(权限 0600),默认询问 / File with the passphrase, asked for by default"
    ),
]


@key_app.command()
def rotate(
    as_of: Annotated[str | None, typer.Option("--as-of", help="统计截止日 / Business date")] = None,
    keep: Annotated[int, typer.Option(min=1, help="保留的版本数 / Versions kept")] = 5,
    home: HomeOption = DEFAULT_HOME,
    memory_limit: MemoryOption = None,
) -> None:
    """更换密钥:全部重新入库、构建并发布,中断则保持原样 / A new key: land everything anew, build, publish."""
    from skillsdw.rotation import rotate as rotate_key

    day = _parsed(_day, as_of, "--as-of")
    with _progress() as say:
        version = rotate_key(Home(home), day, keep, memory_limit, progress=say)
    print(f"密钥已更换,现在发布的是 {version.stem} / The key was rotated; now published: {version.stem}")
    print("旧备份已不适用,请立即备份 / Earlier backups are void, back up now: skillsdw key backup --to FILE")


@key_app.command()
def backup(
    to: Annotated[Path, typer.Option("--to", help="备份文件 / File to write")],
    passphrase_file: PassphraseOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """用口令加密备份密钥 / Back the key up, encrypted with a passphrase."""
    from skillsdw.home import exclusive
    from skillsdw.keys import backup as back_up

    place = Home(home)
    with exclusive(place):
        back_up(place, to, _passphrase(passphrase_file, confirm=True))
    print(f"已备份到 {to}。请与口令分开保管 / Backed up to {to}. Keep it and the passphrase apart")


@key_app.command()
def restore(
    source: Annotated[Path, typer.Option("--from", help="备份文件 / Backup file")],
    passphrase_file: PassphraseOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """从备份恢复密钥 / Put the key of a backup back."""
    from skillsdw.home import exclusive
    from skillsdw.keys import restore as put_back

    place = Home(home)
    with exclusive(place):
        changed = put_back(place, source, _passphrase(passphrase_file, confirm=False))
    done = "密钥已恢复 / The key is back" if changed else "密钥本就相同,没有改动 / The key is the same: nothing to do"
    print(f"{done}: {place.key_file}")


def _passphrase(file: Path | None, confirm: bool) -> str:
    """A passphrase from a private file or the terminal; never from the command line, which every user may list."""
    if file is None:
        again = "再输入一次 / Once more" if confirm else False
        return typer.prompt("口令 / Passphrase", hide_input=True, confirmation_prompt=again)
    if file.stat().st_mode & 0o077:
        raise typer.BadParameter(
            f"{file} 可被其他用户读取,请运行 chmod 600 {file} / others may read {file}: run chmod 600 {file}",
            param_hint="--passphrase-file",
        )
    return file.read_text(encoding="utf-8").splitlines()[0] if file.stat().st_size else ""


def _print_landing(summary, lang: str | None = None, verbose: bool = False) -> None:
    from skillsdw.identity import scrub
    from skillsdw.landing.words import landing_lines

    print(scrub("\n".join(landing_lines(summary, _lang(lang), verbose, sys.stdout.isatty()))))


def _print_build(report) -> None:
    from expectations.result import summary_lines

    for lang in ("zh", "en"):
        for line in summary_lines(report.results, lang):
            print(line)
    print(report.message)


def main() -> None:
    """Run the command; a known fault ends with one bilingual sentence and status 1."""
    # Chinese text on a terminal of another encoding must not end the work.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.umask(os.umask(_NOT_OTHERS) | _NOT_OTHERS)  # a stricter one stays
    try:
        app()
    except Exception as fault:
        from skillsdw.identity import scrub, scrubbed_excepthook

        said = _told(fault)
        if said is None:
            sys.excepthook = scrubbed_excepthook
            raise
        print(f"错误 / Error: {scrub(said)}", file=sys.stderr)
        sys.exit(1)


def _told(fault: Exception) -> str | None:
    """A known fault in words; None for one that is a fault of the program. What they are imported from is slow to load,
    so it is loaded when there is a fault."""
    import duckdb

    from audits.pack import AuditError
    from bulletin.version import ReportError
    from expectations.settings import SettingsError
    from skillsdw.access import AccessFault
    from skillsdw.build import BuildError
    from skillsdw.diff import NotComparable
    from skillsdw.durable import explain
    from skillsdw.editions.write import EditionError
    from skillsdw.home import ClockBehind, UnsafeHome
    from skillsdw.keys import KeyFault
    from skillsdw.landing import LandingError
    from skillsdw.provider import ProviderFault
    from skillsdw.publish import PublishError
    from skillsdw.serve import ServeFault
    from skillsdw.share import ShareError

    of_readers = (AccessFault, EditionError, ProviderFault, ServeFault, ShareError)
    of_the_home = (
        *(BuildError, ClockBehind, HomeBusy, KeyFault, LandingError, PublishError),
        *(SeedError, SettingsError, UnsafeHome),
    )
    if isinstance(fault, (*of_the_home, AuditError, NotComparable, ReportError, *of_readers)):
        return str(fault)
    if isinstance(fault, OSError | duckdb.IOException | duckdb.OutOfMemoryException | duckdb.FatalException):
        return explain(fault)
    return None


if __name__ == "__main__":
    main()
