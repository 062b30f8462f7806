"""`skillsdw doctor`: what is wrong with a home, what it means and how it is mended. It changes nothing.

A check is a function that looks at one thing and yields a `Finding` for each fault. What a landing or build is using is
left alone: opening the working file could keep that landing from it.
"""

import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import requires
from pathlib import Path

import duckdb

from skillsdw import durable
from skillsdw.access import AccessFault
from skillsdw.build import FAILED_BUILD, RUNNING, STOPPED, last_report, spills
from skillsdw.disclosure.ledger import kept_check
from skillsdw.disclosure.secret import SecretFault, kept_secret, secret_check
from skillsdw.editions import edition_file
from skillsdw.editions.make import wanted
from skillsdw.home import Home, beijing_now, build_moment, busy, key_file_fault, newest_build
from skillsdw.keys import (
    KEY_VARIABLE,
    KeyFault,
    is_sealed,
    key_check,
    key_from_environment,
    key_in_force,
)
from skillsdw.landing.errors import LandingError
from skillsdw.landing.files import LandingFile, find_files, opened_once, sha256_of
from skillsdw.landing.journal import read_journal
from skillsdw.landing.reports import Batch
from skillsdw.provider import ProviderFault, provider
from skillsdw.publish import (
    current_version,
    leftovers,
    published_modes,
    stray_logs,
    version_fault,
    versions,
)
from skillsdw.seeds import Seed, SeedError, faults, home_lists, in_force, read_list
from skillsdw.share import ShareError

SEVERE, WARNING, HINT = "错误", "警告", "提示"
SEVERITIES = {SEVERE: "error", WARNING: "warning", HINT: "hint"}
_SHOWN = 5  # files of one kind that are named each


@dataclass(frozen=True)
class Finding:
    """One fault. `zh` and `en` say what is wrong and what it means, `mend_zh` and `mend_en` the act that mends it."""

    check: str
    severity: str
    zh: str
    en: str
    mend_zh: str
    mend_en: str


@dataclass(frozen=True)
class Working:
    """What the working warehouse says of itself. `fault` is DuckDB's when it cannot be read, `pid` who holds it."""

    batches: list[Batch]
    key_check: str | None = None
    fault: duckdb.Error | None = None
    short: str | None = None
    pid: int | None = None


@dataclass(frozen=True)
class Seen:
    """A home as the checks look at it; what several of them need is read once."""

    home: Home

    @cached_property
    def busy(self) -> dict | None:
        return busy(self.home)

    @cached_property
    def working(self) -> Working | None:
        """None while it is absent or in use."""
        if self.busy is not None or not self.home.warehouse.is_file():
            return None
        try:
            with duckdb.connect(str(self.home.warehouse), read_only=True) as con:
                short = durable.missing_bytes(con, self.home.warehouse, "raw")
                tables = con.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall()
                if {("batch",), ("warehouse",)} - set(tables):
                    return Working([], short=short)
                names = ", ".join(Batch.__annotations__)
                rows = con.execute(f"select {names} from raw.batch order by batch_id").fetchall()
                check = con.execute("select value from raw.warehouse where property = 'key_check'").fetchone()
                return Working([Batch(*row) for row in rows], check and check[0], short=short)
        except duckdb.Error as fault:
            return Working([], fault=fault, pid=durable.holder(fault))

    @cached_property
    def journal(self) -> list[Batch] | LandingError:
        try:
            return read_journal(self.home)
        except LandingError as fault:
            return fault

    @cached_property
    def batches(self) -> list[Batch]:
        """Every batch known, from the journal and the working warehouse."""
        known = {batch.batch_id: batch for batch in self.journal} if isinstance(self.journal, list) else {}
        known |= {batch.batch_id: batch for batch in (self.working.batches if self.working else [])}
        return [known[number] for number in sorted(known)]

    @cached_property
    def files(self) -> list[tuple[LandingFile, str]]:
        """The files under `landing/` with their digests."""
        if not self.home.landing.is_dir():
            return []
        found = []
        for file in find_files([self.home.landing], self.home.landing, None):
            try:
                with opened_once(file) as path:
                    found.append((file, sha256_of(path)))
            except (LandingError, OSError):
                continue  # landing says so
        return found


def examine(home: Home) -> list[Finding]:
    """Everything that is wrong with a home, the gravest first; nothing when it is healthy."""
    seen = Seen(home)
    found = [finding for check in CHECKS for finding in check(seen)]
    return sorted(found, key=lambda finding: list(SEVERITIES).index(finding.severity))


def lines(findings: list[Finding]) -> list[str]:
    """The findings for a person."""
    if not findings:
        return ["一切正常 / All is well"]
    said = []
    for finding in findings:
        said += [
            f"[{finding.severity} {SEVERITIES[finding.severity]}] {finding.zh} / {finding.en}",
            f"    处理 / Mend: {finding.mend_zh} / {finding.mend_en}",
        ]
    return said


def look_at_lock(seen: Seen) -> Iterator[Finding]:
    """Whether a landing or build is at work."""
    if seen.busy is not None:
        who = seen.busy or {"pid": "?", "command": "?", "since": "?"}
        yield Finding(
            "lock",
            HINT,
            f"正在运行 {who['command']}(PID {who['pid']},自 {who['since']}),工作库未检查",
            f"{who['command']} is running (PID {who['pid']}, since {who['since']}): the working warehouse was not "
            "looked at",
            "等它结束后再运行 skillsdw doctor",
            "run skillsdw doctor again when it has ended",
        )


def look_at_home(seen: Seen) -> Iterator[Finding]:
    """Whether the home is there, may be written and has room for the next build."""
    home = seen.home
    if not home.root.is_dir():
        yield Finding(
            "home",
            SEVERE,
            f"数据目录 {home.root} 不存在",
            f"The home {home.root} does not exist",
            "核对 --home 或 SKILLSDW_HOME;新建仓库请运行 skillsdw land",
            "check --home or SKILLSDW_HOME; to begin a new warehouse run skillsdw land",
        )
        return
    if os.statvfs(home.root).f_flag & os.ST_RDONLY:
        yield Finding(
            "read_only_disk",
            SEVERE,
            f"{home.root} 所在磁盘是只读的:仍可查询,但不能入库和构建",
            f"The disk of {home.root} is read-only: it can be queried, but nothing can land or be built",
            f"查看系统日志(dmesg)中的磁盘错误,再运行 mount -o remount,rw {_mount_of(home.root)}",
            f"look for disk errors (dmesg), then run mount -o remount,rw {_mount_of(home.root)}",
        )
    current = current_version(home)
    last = current.stat().st_size if current else 0
    free = shutil.disk_usage(home.root).free
    # A build writes the marts twice, into the working file and into the version, and may spill as much again.
    if free < 3 * last:
        yield Finding(
            "disk_space",
            SEVERE if free < last else WARNING,
            f"磁盘剩余 {free / 1e6:,.0f} MB,上次构建的版本为 {last / 1e6:,.0f} MB,下次构建约需其三倍",
            f"{free / 1e6:,.0f} MB are free; the last version has {last / 1e6:,.0f} MB and a build needs about three "
            "times that",
            f"腾出空间,或用 skillsdw build --keep 2 少留旧版本({home.versions})",
            f"free some space, or keep fewer versions with skillsdw build --keep 2 ({home.versions})",
        )


def _mount_of(path: Path) -> Path:
    path = path.resolve()
    while not path.is_mount():
        path = path.parent
    return path


def look_at_link(seen: Seen) -> Iterator[Finding]:
    """Where the link leads that readers follow."""
    home, present = seen.home, versions(seen.home)
    good = next((path.stem for path in reversed(present) if version_fault(path) is None), None)
    mend = (f"skillsdw rollback {good}", f"skillsdw rollback {good}") if good else ("skillsdw build", "skillsdw build")
    where = (str(home.link), str(home.versions))
    if not home.link.is_symlink():
        if home.link.exists():
            text = (
                f"{where[0]} 是普通文件或文件夹,不是链接:读者可能一直看到旧数据",
                f"{where[0]} is no link: readers may see old figures for ever",
            )
            yield Finding(
                "link_is_file", SEVERE, *text, f"移走它,再运行 {mend[0]}", f"move it away, then run {mend[1]}"
            )
        elif present:
            text = (
                f"链接 {where[0]} 丢失:已有 {len(present)} 个版本,但读者看到“尚未发布”",
                f"The link {where[0]} is lost: there are {len(present)} versions, but readers see none",
            )
            yield Finding("link_lost", SEVERE, *text, *mend)
        return
    target = home.link.resolve()
    if not target.is_file():
        text = (
            f"链接 {where[0]} 指向不存在的 {target}",
            f"The link {where[0]} leads to {target}, which does not exist",
        )
        yield Finding("link_broken", SEVERE, *text, *mend)
    elif target.parent != home.versions.resolve():
        text = (
            f"链接 {where[0]} 指向 {target},不在 {where[1]} 中:读者看到的不是本仓库发布的版本",
            f"The link {where[0]} leads to {target}, outside {where[1]}: readers do not see what this warehouse "
            "published",
        )
        yield Finding("link_outside", SEVERE, *text, *mend)
    elif present and target.name != present[-1].name:
        text = (
            f"发布的是 {target.stem},不是最新的 {present[-1].stem}(曾退回,或发布时中断)",
            f"{target.stem} is published, not the newest, {present[-1].stem} (rolled back, or cut short while "
            "publishing)",
        )
        go = f"skillsdw rollback {present[-1].stem}"
        yield Finding("link_old", HINT, *text, f"若非有意退回:{go}", f"unless it was meant: {go}")


def look_at_versions(seen: Seen) -> Iterator[Finding]:
    """Whether every published version opens, is whole and answers."""
    current = current_version(seen.home)
    beside = {log.name.partition(".wal")[0] for log in stray_logs(seen.home)}
    for version in versions(seen.home):
        if version.name in beside:
            continue  # the log may be all that is wrong, and goes first: look_at_logs says so
        if fault := version_fault(version):
            serving = current is not None and version.resolve() == current
            yield Finding(
                "version_unreadable",
                SEVERE if serving else WARNING,
                f"版本 {version.stem}{'(正在发布)' if serving else ''} 无法读取或不完整:{fault}",
                f"Version {version.stem}{' (now published)' if serving else ''} cannot be read or is not whole: "
                f"{fault}",
                "skillsdw rollback(退回上一个完好版本),再运行 skillsdw build" if serving else f"rm {version}",
                "skillsdw rollback (to the last sound version), then skillsdw build" if serving else f"rm {version}",
            )


def look_at_logs(seen: Seen) -> Iterator[Finding]:
    """Logs of DuckDB that lie where none belongs. Whoever opens the file beside one is given what is in the log."""
    home = seen.home
    if strays := stray_logs(home):
        paths = " ".join(str(path) for path in strays)
        names = "、".join(str(path.relative_to(home.root)) for path in strays[:_SHOWN])
        yield Finding(
            "log_of_published",
            SEVERE,
            f"已发布的文件旁有 {len(strays)} 个 DuckDB 日志({names}):有人曾以写入方式打开,读者会读到其中的改动,"
            "或无法打开。发布的文件本身是完整的",
            f"{len(strays)} logs of DuckDB lie beside published files ({names}): somebody had them open for writing, "
            "and readers are shown what was written, or nothing. The published files are whole without them",
            f"请写入的程序退出,再运行 rm {paths}",
            f"have the program that writes closed, then rm {paths}",
        )
    logs = sorted(home.root.glob(f"{home.warehouse.name}.wal*"))
    working = seen.working
    # With a damaged working file the log is named there, and one that is open has its log by right.
    if not logs or seen.busy is not None or (working and (working.fault or working.short)):
        return
    paths = " ".join(str(path) for path in logs)
    if working is None:
        yield Finding(
            "log_without_working",
            WARNING,
            f"工作库不在,其日志还在:{paths}",
            f"The working warehouse is gone and its log still there: {paths}",
            f"rm {paths}",
            f"rm {paths}",
        )
        return
    yield Finding(
        "log_of_working",
        HINT,
        f"工作库旁有日志 {paths}:写入的程序曾被中断",
        f"A log lies beside the working warehouse, {paths}: what wrote it was cut short",
        f"下次 skillsdw land 或 skillsdw build 会并入;若此前另有程序写过工作库,先 mkdir {home.root}/aside; "
        f"mv {paths} {home.root}/aside/",
        f"the next skillsdw land or build takes it in; if another program wrote to the working warehouse, first mkdir "
        f"{home.root}/aside; mv {paths} {home.root}/aside/",
    )


def look_at_leftovers(seen: Seen) -> Iterator[Finding]:
    """What killed runs left behind."""
    home = seen.home
    if seen.busy is not None:
        return
    left = [*leftovers(home), *home.tmp.glob("landing-*"), *(home.reports / "landing").glob("*.part")]
    left += [path for path in (spills(home),) if path.exists()]
    if left:
        names = "、".join(str(path.relative_to(home.root)) for path in left[:_SHOWN])
        yield Finding(
            "leftovers",
            HINT,
            f"被中断的运行留下 {len(left)} 个临时文件:{names}",
            f"Runs that were cut short left {len(left)} temporary files: {names}",
            "下次 skillsdw land 和 skillsdw build 会自行清理",
            "the next skillsdw land and skillsdw build remove them",
        )
    if home.rotation.is_dir():
        sealed = is_sealed(home)
        yield Finding(
            "rotation_unfinished",
            SEVERE if sealed else HINT,
            "更换密钥在最后一步中断" if sealed else "更换密钥中途中断,旧密钥和旧数据完好",
            "A rotation of the key was cut short at its last step"
            if sealed
            else "A rotation of the key was cut short; the old key and data are whole",
            "运行 skillsdw land,它会先完成更换" if sealed else "重新运行 skillsdw key rotate,或运行 skillsdw land 清理",
            "run skillsdw land, which completes it first"
            if sealed
            else "run skillsdw key rotate again, or skillsdw land, which removes what is left",
        )


def look_at_working(seen: Seen) -> Iterator[Finding]:
    """Whether the working warehouse is there, whole and free."""
    home, working = seen.home, seen.working
    if seen.busy is not None:
        return
    log = home.warehouse.with_name(f"{home.warehouse.name}.wal")
    rebuild = ("skillsdw land; skillsdw build", "skillsdw land; skillsdw build")
    if not home.warehouse.exists():
        if seen.batches or versions(home):
            yield Finding(
                "working_missing",
                SEVERE,
                f"工作库 {home.warehouse} 丢失:读者不受影响,但不能构建",
                f"The working warehouse {home.warehouse} is lost: readers are served, but nothing can be built",
                f"{rebuild[0]}(按入库日志从 landing/ 重建)",
                f"{rebuild[1]} (rebuilt from landing/ by the journal)",
            )
        return
    if working is None:
        return
    if working.pid is not None:
        yield Finding(
            "working_locked",
            WARNING,
            f"工作库被其他程序打开(PID {working.pid}),不能入库和构建",
            f"Another program holds the working warehouse open (PID {working.pid}): nothing can land or be built",
            f"请其退出;分析请改用 {home.link}(ps -p {working.pid} 可看是什么程序)",
            f"have it closed; who analyses opens {home.link} instead (ps -p {working.pid} tells what it is)",
        )
    elif working.fault or working.short:
        why = working.short or str(working.fault).splitlines()[0]
        aside = f"mkdir {home.root}/aside; mv {home.warehouse} {home.root}/aside/"
        aside += f"; mv {log} {home.root}/aside/" if log.exists() else ""
        yield Finding(
            "working_damaged",
            SEVERE,
            f"工作库 {home.warehouse} 损坏或不完整:{why}",
            f"The working warehouse {home.warehouse} is damaged or not whole: {why}",
            f"{aside}; {rebuild[0]}(按入库日志从 landing/ 重建)",
            f"{aside}; {rebuild[1]} (rebuilt from landing/ by the journal)",
        )


def look_at_journal(seen: Seen) -> Iterator[Finding]:
    """Whether the journal can be read and agrees with the working warehouse."""
    journal, working = seen.journal, seen.working
    if not isinstance(journal, list):
        zh, en = journal.message_zh.split("。", 1), journal.message_en.split(". ", 1)
        yield Finding("journal_damaged", SEVERE, zh[0], en[0], zh[1], en[1])
        return
    if working is None or working.fault:
        return
    present = {batch.batch_id: batch.sha256 for batch in working.batches}
    if any(present.get(batch.batch_id, batch.sha256) != batch.sha256 for batch in journal):
        yield Finding(
            "journal_of_another",
            SEVERE,
            f"{seen.home.journal} 与工作库的批次对不上,两者不属于同一个仓库,不能入库和构建",
            f"{seen.home.journal} and the working warehouse are not of one warehouse: nothing can land or be built",
            f"恢复属于此工作库的日志;没有的,mv {seen.home.journal} 到别处,再运行 skillsdw land",
            f"restore the journal of this warehouse; if there is none, mv {seen.home.journal} away and run skillsdw "
            "land",
        )
        return
    lost = [batch for batch in journal if batch.batch_id not in present]
    if lost:
        yield Finding(
            "batches_lost",
            SEVERE,
            f"工作库缺少 {len(lost)} 个曾入库的批次(如 {lost[0].batch_id} {lost[0].file_name}),构建会被拒绝",
            f"{len(lost)} batches that once landed are not in the working warehouse (such as {lost[0].batch_id} "
            f"{lost[0].file_name}): it will not build",
            "skillsdw land; skillsdw build",
            "skillsdw land; skillsdw build",
        )
    if len(present) > len({batch.batch_id for batch in journal} & set(present)):
        yield Finding(
            "journal_behind",
            WARNING,
            "入库日志缺少工作库已有的批次:此时工作库若丢失,其顺序和时间无法恢复",
            "The journal lacks batches of the working warehouse: were that lost now, their order and times would be, "
            "too",
            "skillsdw land(会补齐日志)",
            "skillsdw land, which completes it",
        )


def look_at_key(seen: Seen) -> Iterator[Finding]:
    """Whether the key is there, private, the right one, and backed up."""
    home = seen.home
    wanted = seen.working.key_check if seen.working else None
    if not key_from_environment() and (fault := key_file_fault(home)):
        zh, en = fault.split(" / ", 1)
        act = f"chmod 600 {home.key_file}" if "chmod 600" in fault else f"chown {os.geteuid()} {home.key_file}"
        yield Finding("key_open", SEVERE, zh.split("。")[0], en.split(". ")[0], act, act)
        return
    try:
        key = key_in_force(home)
    except KeyFault as fault:
        yield Finding(
            "key_short",
            SEVERE,
            fault.message_zh.split(";")[0],
            fault.message_en.split(". ")[0],
            "skillsdw key restore --from 备份文件",
            "skillsdw key restore --from FILE",
        )
        return
    except OSError as fault:
        zh, en = durable.explain(fault).split(" / ", 1)
        yield Finding("key_unreadable", SEVERE, zh, en, f"ls -l {home.key_file}", f"ls -l {home.key_file}")
        return
    if key is None:
        if wanted or seen.batches:
            yield Finding(
                "key_missing",
                SEVERE,
                f"密钥文件 {home.key_file} 丢失:不能再入库,新记录无法与已有人员对应",
                f"The key file {home.key_file} is lost: nothing can land, new records would match nobody",
                f"skillsdw key restore --from 备份文件,或设置 {KEY_VARIABLE};没有备份的,skillsdw key rotate "
                "用新密钥重做全部入库",
                f"skillsdw key restore --from FILE, or set {KEY_VARIABLE}; without a backup skillsdw key rotate lands "
                "everything anew with a new key",
            )
        return
    if wanted and key_check(key) != wanted:
        origin = KEY_VARIABLE if key_from_environment() else str(home.key_file)
        yield Finding(
            "key_differs",
            SEVERE,
            f"{origin} 不是此数据仓库的密钥,不能入库",
            f"{origin} is not the key of this warehouse: nothing can land",
            "skillsdw key restore --from 备份文件(恢复前会核对)",
            "skillsdw key restore --from FILE, which compares it first",
        )
        return
    yield from _backup(home, key)


def _backup(home: Home, key: bytes) -> Iterator[Finding]:
    try:
        record = json.loads(home.backup_record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = {}
    try:
        rounding = kept_secret(home)
    except SecretFault:
        rounding = None  # look_at_rounding says so
    is_of_key = record.get("key_check") == key_check(key)
    if rounding and is_of_key and record.get("rounding_check") != secret_check(rounding):
        yield Finding(
            "key_backup_missing",
            WARNING,
            f"{home.rounding_key} 没有备份:一旦丢失,不能再生成公开数、分市版本和通报",
            f"{home.rounding_key} has no backup: were it lost, no open figures, editions or circulars could be made",
            "skillsdw key backup --to 另一块磁盘上的文件",
            "skillsdw key backup --to FILE, on another disk",
        )
    if not is_of_key:
        old = f"(最近一次备份 {record['made_at']} 是旧密钥的)" if record else ""
        old_en = f" (the last one, {record['made_at']}, is of an earlier key)" if record else ""
        yield Finding(
            "key_backup_missing",
            WARNING,
            f"现用密钥没有备份{old}:一旦丢失,新数据无法与已入库人员对应",
            f"The key has no backup{old_en}: were it lost, new records would match nobody",
            "skillsdw key backup --to 另一块磁盘上的文件",
            "skillsdw key backup --to FILE, on another disk",
        )


def look_at_rounding(seen: Seen) -> Iterator[Finding]:
    """Whether figures can be told on as they were told before: their secret, and the ledger of what was told."""
    home = seen.home
    try:
        secret = kept_secret(home)
    except SecretFault:
        secret = None
    if home.ledger.is_file():
        if secret is None or (kept := kept_check(home.ledger)) is None or kept != secret_check(secret):
            yield Finding(
                "rounding_key_lost",
                SEVERE,
                f"{home.rounding_key} 丢失、损坏或不是以前公开数所用的那一个:不能再生成公开数、分市版本和通报",
                f"{home.rounding_key} is lost, damaged or not the one of the figures told before: no open figures, "
                "editions or circulars can be made",
                f"skillsdw key restore --from 备份文件(损坏的或不对的先移走:mv {home.rounding_key} …)",
                f"skillsdw key restore --from FILE (one that is damaged or wrong goes first: mv {home.rounding_key} …)",
            )
    elif any(home.published.glob("editions/*/open.duckdb")):
        yield Finding(
            "ledger_lost",
            WARNING,
            f"{home.ledger} 丢失:下次构建会一次性更新全部公开数,少数几条记录的变化可能被看出",
            f"{home.ledger} is lost: the next build tells all open figures anew at once, and what a few records "
            "changed may be seen",
            f"从备份恢复 {home.ledger}",
            f"put {home.ledger} back from a backup",
        )


def look_at_modes(seen: Seen) -> Iterator[Finding]:
    """Whether others may look into what is private."""
    home = seen.home
    private = ((home.landing, 0o700), (home.tmp, 0o700), (home.rotation, 0o700), (home.warehouse, 0o600))
    files = (home.journal, home.backup_record, home.tokens, home.rounding_key, home.ledger)
    for path, most in (*private, *((file, 0o600) for file in files)):
        try:
            mode = stat.S_IMODE(path.stat().st_mode) & 0o777
        except OSError:
            continue
        if mode & ~most:
            for_group_only = path == home.landing and mode & 0o027 == 0o020
            what = (
                ("含身份证号和姓名", "holds IDs and names")
                if path == home.landing
                else ("应仅所有者可用", "is private")
            )
            yield Finding(
                "mode_open",
                HINT if for_group_only else WARNING,
                f"{path} 的权限为 {mode:04o},{what[0]},{'同组用户' if for_group_only else '其他用户'}可以进入",
                f"{path} has mode {mode:04o} and {what[1]}: {'its group' if for_group_only else 'others'} may look in",
                f"{'若非有意:' if for_group_only else ''}chmod {most:o} {path}",
                f"{'unless it is meant: ' if for_group_only else ''}chmod {most:o} {path}",
            )


def look_at_published_modes(seen: Seen) -> Iterator[Finding]:
    """Whether somebody may write what is published, or read an edition that is not meant for them."""
    wrong: dict[tuple[bool, int, int], list[Path]] = {}
    for path, most in published_modes(seen.home):
        with suppress(OSError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o777 & ~most and ".wal" not in path.suffixes:  # logs have their own check
                wrong.setdefault((path.is_dir(), mode, mode & (most | 0o7000)), []).append(path)
    for (is_folder, mode, right), paths in wrong.items():
        names = "、".join(str(path.relative_to(seen.home.root)) for path in paths[:_SHOWN])
        act = f"chmod {right:o} {' '.join(map(str, paths))}"
        what = ("文件夹", "folders") if is_folder else ("文件", "files")
        harm = (
            ("他人可在其中增删、替换文件", "others may add, remove and replace files there")
            if is_folder
            else ("可被改写,或被无权者读取", "they can be written to, or read by whom they are not for")
        )
        yield Finding(
            "published_folder_mode" if is_folder else "published_file_mode",
            WARNING,
            f"{len(paths)} 个已发布的{what[0]}权限为 {mode:04o},应为 {right:04o}({names}):{harm[0]}",
            f"{len(paths)} published {what[1]} have mode {mode:04o}, not {right:04o} ({names}): {harm[1]}",
            f"{act}(skillsdw build 下次发布时也会改正)",
            f"{act} (the next publish of skillsdw build does so, too)",
        )


def look_at_readers(seen: Seen) -> Iterator[Finding]:
    """Whether readers can be let in: the provider, access.csv, and the editions that it names."""
    home, readers = seen.home, None
    for look in (provider, wanted):
        try:
            readers = look(home)
        except (AccessFault, ProviderFault, ShareError) as fault:
            zh, _, en = str(fault).partition(" / ")
            readers = None
            act = re.search(r"run ((chmod|chown) \d+ .+?)(; nobody|$)", en)
            yield Finding(
                "readers_shut",
                SEVERE,
                zh,
                en,
                act[1] if act else "改正该文件(docs/access.md)",
                act[1] if act else "put the file right (docs/access.md)",
            )
    if readers is None:
        return
    version = current_version(home)
    lacking = [cities for cities in readers if version and not edition_file(home, version.stem, cities).is_file()]
    if lacking:
        named = "、".join("+".join(sorted(cities)) for cities in sorted(lacking, key=sorted)[:_SHOWN])
        yield Finding(
            "edition_missing",
            WARNING,
            f"当前版本缺少 {len(lacking)} 个分市版本({named}),相应读者看不到数据",
            f"The current version lacks {len(lacking)} editions ({named}): their readers see nothing",
            f"skillsdw editions --home {home.root}",
            f"skillsdw editions --home {home.root}",
        )


def look_at_lists(seen: Seen) -> Iterator[Finding]:
    """Which official lists of the home are in force, and which lists cannot be used: with one of these nothing lands
    and nothing is built."""
    with in_force(seen.home):
        unusable = faults()
        own = {name: seed for name in home_lists() if (seed := _readable(name))}
    for fault in unusable:
        yield Finding(
            "list_unusable",
            SEVERE,
            f"{fault.message_zh}。改正前不能入库和构建",
            f"{fault.message_en}. Until then nothing lands and nothing is built",
            "按上文改正,再运行 skillsdw land; skillsdw build",
            "put it right as said, then skillsdw land; skillsdw build",
        )
    if not own:
        return
    with in_force(None):
        same = {name for name, seed in own.items() if (other := _readable(name)) and other.rows == seed.rows}
    told = [
        (f"{name}({len(seed.rows)} 行,与程序自带的相同)", f"{name} ({len(seed.rows)} rows, the same as the checkout's)")
        if name in same
        else (
            f"{name}({len(seed.rows)} 行,与程序自带的不同)",
            f"{name} ({len(seed.rows)} rows, other than the checkout's)",
        )
        for name, seed in own.items()
    ]
    yield Finding(
        "lists_in_force",
        HINT,
        f"{seen.home.lists} 中的官方名单正在使用:{'、'.join(zh for zh, _ in told)}",
        f"Official lists of {seen.home.lists} are in force: {', '.join(en for _, en in told)}",
        "无需处理;移走文件即恢复程序自带的名单",
        "nothing to do; without the file the checkout's list is in force again",
    )


def _readable(name: str) -> Seed | None:
    try:
        return read_list(name)
    except SeedError:
        return None


def look_at_clock(seen: Seen) -> Iterator[Finding]:
    """Whether the clock stands before what has been recorded."""
    now = beijing_now()
    batch = max(seen.batches, key=lambda batch: batch.landed_at, default=None)
    if batch and batch.landed_at > now:
        yield Finding(
            "clock_before_batch",
            SEVERE,
            f"系统时钟 {now:%F %T} 早于批次 {batch.batch_id} 的入库时间 {batch.landed_at:%F %T}",
            f"The clock says {now:%F %T}, before batch {batch.batch_id} landed ({batch.landed_at:%F %T})",
            f"timedatectl set-ntp true;若是当时的时钟错了,在 {seen.home.journal.name} 中改正该批次的 landed_at,"
            f"移走 {seen.home.warehouse},再运行 skillsdw land; skillsdw build",
            f"timedatectl set-ntp true; if the clock was wrong then, correct that batch's landed_at in "
            f"{seen.home.journal.name}, move {seen.home.warehouse} away, then skillsdw land; skillsdw build",
        )
    build = newest_build(seen.home)
    if build and build > now:
        names = [*seen.home.versions.glob("*.duckdb"), *(seen.home.reports / "builds").glob("*.json")]
        ahead = " ".join(str(path) for path in sorted(names) if (build_moment(path.stem) or now) > now)
        yield Finding(
            "clock_before_build",
            SEVERE,
            f"系统时钟 {now:%F %T} 早于最近一次构建 {build:%F %T}",
            f"The clock says {now:%F %T}, before the newest build ({build:%F %T})",
            f"timedatectl set-ntp true;若是当时的时钟错了,skillsdw rollback 后移走 {ahead},再运行 skillsdw build",
            f"timedatectl set-ntp true; if the clock was wrong then, skillsdw rollback, move {ahead} away, then "
            "skillsdw build",
        )


def look_at_landing(seen: Seen) -> Iterator[Finding]:
    """Files that changed or vanished after they landed, and refused ones that wait to be mended."""
    if seen.busy is not None or not seen.batches:
        return
    landed = {batch.sha256 for batch in seen.batches if batch.status in ("landed", "held")}
    refused = {batch.sha256: batch for batch in seen.batches if batch.status == "refused"}
    latest = {batch.file_name: batch for batch in seen.batches if batch.status in ("landed", "held")}
    here = {digest for _, digest in seen.files}
    waiting = [refused[digest] for _, digest in seen.files if digest in refused and digest not in landed]
    changed = [
        (file, latest[file.name])
        for file, digest in seen.files
        if file.name in latest and digest not in landed and digest not in refused
    ]
    told = {batch.batch_id for _, batch in changed}
    gone = [
        batch
        for batch in seen.batches
        if batch.status in ("landed", "held") and batch.sha256 not in here and batch.batch_id not in told
    ]
    if changed:
        names = "、".join(f"{file.name}(批次 {batch.batch_id})" for file, batch in changed[:_SHOWN])
        yield Finding(
            "landing_changed",
            WARNING,
            f"{len(changed)} 个文件入库后又被改动:{names}。原内容不在,工作库若丢失,这些批次无法重建",
            f"{len(changed)} files were changed after they landed: {names}. What landed is no more there to rebuild "
            "from",
            "属更正的,skillsdw land; skillsdw build;否则从报送单位取回原文件",
            "if they are corrections, skillsdw land; skillsdw build; if not, get the files again from their bureaus",
        )
    if gone:
        names = "、".join(f"{batch.file_name}(批次 {batch.batch_id})" for batch in gone[:_SHOWN])
        yield Finding(
            "landing_gone",
            WARNING,
            f"{len(gone)} 个已入库批次的原文件不在 landing/ 中:{names}。现有数据不受影响,但工作库若丢失,"
            "这些批次无法重建,也不能更换密钥",
            f"The files of {len(gone)} landed batches are not in landing/: {names}. What is there stays, but were the "
            "working "
            "warehouse lost they could not be rebuilt, nor can the key be rotated",
            "把原文件放回 landing/(名称不限,内容须相同)",
            "put the files back into landing/ (under any name, with the same bytes)",
        )
    if waiting:
        names = "、".join(batch.file_name for batch in waiting[:_SHOWN])
        yield Finding(
            "refused_waiting",
            WARNING,
            f"{len(waiting)} 个文件被拒收,等待更正:{names}",
            f"{len(waiting)} files were refused and wait to be corrected: {names}",
            f"按 {seen.home.reports / 'landing'} 中的报告更正后放回,再运行 skillsdw land",
            f"correct them as their reports in {seen.home.reports / 'landing'} say, then skillsdw land",
        )


def look_at_last_build(seen: Seen) -> Iterator[Finding]:
    """Whether the last build was published, and why not."""
    report = last_report(seen.home)
    if report is None or seen.busy is not None:
        return
    zh, _, en = report["message"].partition(" / ")
    if report["state"] == RUNNING:
        yield Finding(
            "build_interrupted",
            WARNING,
            f"最近一次构建 {report['build_id']} 在 {report['step']} 一步被中断,已发布的内容未变",
            f"The last build, {report['build_id']}, was cut short at {report['step']}; what is published stayed",
            "skillsdw build",
            "skillsdw build",
        )
    elif report["state"] in (FAILED_BUILD, STOPPED):
        stopped = report["state"] == STOPPED
        yield Finding(
            "build_stopped" if stopped else "build_failed",
            SEVERE,
            f"最近一次构建 {report['build_id']} 未发布({report['step']}):{zh}",
            f"The last build, {report['build_id']}, was not published ({report['step']}): {en}",
            "skillsdw status 列出未通过的检查;更正数据后 skillsdw land; skillsdw build"
            if stopped
            else "按上述原因处理后运行 skillsdw build",
            "skillsdw status lists the checks; correct the data, then skillsdw land; skillsdw build"
            if stopped
            else "mend its cause, then skillsdw build",
        )


def look_at_duckdb(_seen: Seen) -> Iterator[Finding]:
    """Whether DuckDB is the one that this project and its readers share."""
    pinned = next((line.split("==")[1] for line in requires("skillsdw") or [] if line.startswith("duckdb==")), None)
    if pinned and duckdb.__version__ != pinned:
        yield Finding(
            "duckdb_version",
            WARNING,
            f"DuckDB 为 {duckdb.__version__},应为 {pinned}:写出的文件分析人员可能打不开",
            f"DuckDB is {duckdb.__version__}, not {pinned}: analysts may be unable to open what it writes",
            "rm .venv/.ready; make setup",
            "rm .venv/.ready; make setup",
        )


CHECKS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    look_at_home,
    look_at_lock,
    look_at_link,
    look_at_versions,
    look_at_working,
    look_at_logs,
    look_at_journal,
    look_at_key,
    look_at_rounding,
    look_at_modes,
    look_at_published_modes,
    look_at_readers,
    look_at_lists,
    look_at_clock,
    look_at_last_build,
    look_at_landing,
    look_at_leftovers,
    look_at_duckdb,
)
