"""`skillsdw key rotate`: a new key, everything landed anew with it, built, and published in one move.

All of it is made in `rotation/`, a home within the home, from the same files in the same order (landing's journal).
Until it is sealed the old key, warehouse and versions are untouched; from then on `keys.settle_rotation` carries it
through at the next command, should this one be killed.
"""

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import duckdb

from expectations.settings import HOME_SETTINGS
from skillsdw.build import DONE, build
from skillsdw.codes import extract_names
from skillsdw.disclosure.secret import SecretFault, rounding_secret
from skillsdw.editions.make import make_editions
from skillsdw.home import Home, exclusive
from skillsdw.keys import KEY_VARIABLE, KeyFault, key_from_environment, make_key_file, seal_rotation, settle_rotation
from skillsdw.landing import land, open_working
from skillsdw.landing.journal import complete, missing_batches
from skillsdw.landing.raw import raw_columns
from skillsdw.publish import current_version, prune

Progress = Callable[[str], None]
PSEUDONYMS = ("person_key", "payee_key")


def rotate(
    home: Home,
    as_of: date | None = None,
    keep: int = 5,
    memory_limit: str | None = None,
    progress: Progress = print,
) -> Path:
    """Rotate the key; return the version that is now published. `KeyFault` when it cannot be, and nothing changed then.

    The old key is not needed: a key that is lost without a backup is replaced in the same way.
    """
    with exclusive(home):
        settle_rotation(home)
        _refuse(home)
        staged = Home(home.rotation)
        staged.root.mkdir(mode=0o700)
        try:
            for name in ("landing", "reports"):
                (home.root / name).mkdir(exist_ok=True)
                (staged.root / name).symlink_to((home.root / name).resolve())
            if (settings := home.root / HOME_SETTINGS).is_file():
                shutil.copy(settings, staged.root / settings.name)
            if home.lists.is_dir():
                staged.lists.symlink_to(home.lists.resolve())
            if home.journal.exists():
                shutil.copy(home.journal, staged.journal)
            with suppress(SecretFault):  # the home's, made here when it has none yet: a rotation leaves it
                rounding_secret(home)
            for told in (home.rounding_key, home.ledger):  # what was told is told on, whoever has which pseudonym
                if told.is_file():
                    shutil.copy2(told, staged.root / told.name)
            make_key_file(staged)
            progress("用新密钥重新入库 / Landing everything anew with a new key")
            nothing_new = staged.root / "no-new-files"
            nothing_new.mkdir()
            summary = land(
                staged,
                [nothing_new],
                memory_limit=memory_limit,
                progress=lambda result: progress(result.message),
            )
            _refuse_missing([result.file_name for result in summary.files if result.status == "missing"])
            _refuse_differences(home, differences(home.warehouse, staged.warehouse, home.tmp))
            report = build(staged, as_of, keep=1, memory_limit=memory_limit, progress=progress)
            if report.state != DONE:
                raise KeyFault(
                    f"未更换密钥,没有任何改动:{report.message.split(' / ')[0]};详见 skillsdw status",
                    f"The key was not rotated and nothing changed: {report.message.split(' / ')[-1]}; "
                    "see skillsdw status",
                )
            seal_rotation(home, report.build_id)
        except Exception:
            shutil.rmtree(staged.root, ignore_errors=True)
            raise
        settle_rotation(home)
        version = current_version(home)
        for message in make_editions(home, version, memory_limit, progress):
            progress(message)
        prune(home, keep)
        return version


def _refuse(home: Home) -> None:
    if key_from_environment():
        raise KeyFault(
            f"密钥由环境变量 {KEY_VARIABLE} 提供,无法在此更换。请取消该变量,新密钥将写入 {home.key_file}",
            f"The key comes from {KEY_VARIABLE} and cannot be rotated here: unset it, and the new key will be written "
            f"to {home.key_file}",
        )
    if not home.warehouse.is_file():
        raise KeyFault(
            f"没有工作库 {home.warehouse}。请先运行 skillsdw land",
            f"There is no working warehouse {home.warehouse}: run skillsdw land first",
        )
    with open_working(home) as con:
        complete(home, con)
        if lost := missing_batches(home, con):
            raise KeyFault(
                f"工作库缺少 {len(lost)} 个曾入库的批次。请先运行 skillsdw land",
                f"{len(lost)} batches that once landed are not in the working warehouse: run skillsdw land first",
            )
    current = current_version(home)
    needed = home.warehouse.stat().st_size * 2 + (current.stat().st_size if current else 0)
    free = shutil.disk_usage(home.root).free
    if free < needed:
        raise KeyFault(
            f"磁盘空间不足:更换密钥约需 {needed / 1e9:.1f} GB,现有 {free / 1e9:.1f} GB,没有任何改动。请腾出空间",
            f"The disk is too full: a rotation needs about {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free. "
            "Nothing changed: free some space",
        )


def _refuse_missing(names: list[str]) -> None:
    if names:
        shown = "、".join(names[:3]) + ("…" if len(names) > 3 else "")
        raise KeyFault(
            f"{len(names)} 个已入库的文件不在 landing/ 中({shown}),无法用新密钥重新入库,没有任何改动。"
            "请把文件放回后再运行",
            f"{len(names)} files that landed are not in landing/ ({shown}): they cannot land with the new key. Nothing "
            "changed: put them back and run again",
        )


def _refuse_differences(home: Home, tables: list[str]) -> None:
    if tables:
        names = ", ".join(tables)
        raise KeyFault(
            f"重新入库的结果与工作库不同({names}),说明入库规则在此期间有变,没有任何改动。请先移走 {home.warehouse},"
            "运行 skillsdw land; skillsdw build 并核对变化,再更换密钥",
            f"Landed anew, {names} differ from the working warehouse: the landing's rules have changed since. Nothing "
            f"changed. Move {home.warehouse} away, run skillsdw land; skillsdw build, look at what moved, then rotate",
        )


def differences(before: Path, after: Path, spill: Path) -> list[str]:
    """The tables of `raw` in which two working files differ by more than pseudonyms, or `person_key` when the
    pseudonyms of the one are not, one for one, those of the other."""
    found = []
    with duckdb.connect(config={"temp_directory": str(spill)}) as con:
        for name, path in (("before", before), ("after", after)):
            con.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as {name} (read_only)")
        pairs = []
        for table in ("batch", "rejected_row", *extract_names()):
            columns = ["columns(*)"] if table in ("batch", "rejected_row") else raw_columns(table)
            kept = [column for column in columns if column not in PSEUDONYMS]
            kept += [] if kept == ["columns(*)"] else ["batch_id", "row_number"]
            digests = [
                con.execute(f"select count(*), sum(hash({', '.join(kept)})) from {side}.raw.{table}").fetchone()
                for side in ("before", "after")
            ]
            if digests[0] != digests[1]:
                found.append(table)
            pairs += [
                f"select b.{column} as b, a.{column} as a from before.raw.{table} as b "
                f"inner join after.raw.{table} as a using (batch_id, row_number)"
                for column in columns
                if column in PSEUDONYMS
            ]
        one_to_one = con.execute(
            f"with pair as (select distinct b, a from ({' union all '.join(pairs)}) where coalesce(a, b) is not null) "
            "select count(*) = count(distinct b) and count(*) = count(distinct a) from pair"
        ).fetchone()[0]
    return found if one_to_one else [*found, "person_key"]
