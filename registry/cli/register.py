"""Commands on the register itself: init, serve, powers, holdings, alias, catalogue, check."""

from pathlib import Path
from typing import Annotated, Any

import typer

from registry import alias, annex
from registry.access import subject
from registry.adjustment.policies import notice_policy
from registry.audit import check_register
from registry.catalogue import SHIPPED, ReferenceFiles, describe, read_catalogue, start_register
from registry.cli.options import AsOf, KnownOn, parse_date
from registry.cli.output import Format, FormatOption, say, show, show_frame
from registry.cli.progress import stages
from registry.db import is_empty, is_started, migrate, reading, revision, writing
from registry.demo.load import is_unfinished, load_demo
from registry.errors import RegistryError, UsageError
from registry.holdings import held_powers, power_list
from registry.intake.match import unit_named
from registry.known import known_act
from registry.language import N_
from registry.rollups import renew
from registry.window import today_in_beijing

POWER_COLUMNS = ("power", "power_name", "kind", "department", "domain", "law", "conduct_article")


def _file_option(name: str, help_: str) -> Any:
    return typer.Option(name, exists=True, dir_okay=False, help=help_, callback=_regular)


def _regular(path: Path | None) -> Path | None:
    """A pipe would keep its reader waiting, and a device has no end."""
    if path is not None and not path.is_file():
        raise RegistryError(
            N_("{file} 不是普通文件（是管道或设备）；请给出磁盘上的文件"), file=path
        )
    return path


ALIAS_HELP = """登记台账和报表中遇到的写法。

例：registry alias add 占道经营 UM153
"""
CATALOGUE_HELP = """职权目录。

例：registry catalogue load 附件.xlsx
"""
FILES = "另一城市的文件，列与 data/ 中同名文件相同："


def add_commands(app: typer.Typer) -> None:
    for command in (init, serve, powers, holdings, check):
        app.command()(command)
    aliases = typer.Typer(no_args_is_help=True, help=ALIAS_HELP)
    aliases.command("add")(alias_add)
    aliases.command("list")(alias_list)
    app.add_typer(aliases, name="alias")
    catalogues = typer.Typer(no_args_is_help=True, help=CATALOGUE_HELP)
    catalogues.command("load")(catalogue_load)
    app.add_typer(catalogues, name="catalogue")


def init(
    demo: Annotated[bool, typer.Option("--demo", help="另外装入合成的演示台账")] = False,
    powers: Annotated[Path | None, _file_option("--powers", f"{FILES}职权")] = None,
    units: Annotated[Path | None, _file_option("--units", f"{FILES}区和街道、乡镇")] = None,
    instruments: Annotated[Path | None, _file_option("--instruments", f"{FILES}文件")] = None,
    vocabulary: Annotated[Path | None, _file_option("--vocabulary", f"{FILES}代码的名称")] = None,
    topics: Annotated[Path | None, _file_option("--topics", f"{FILES}投诉主题")] = None,
    map_file: Annotated[Path | None, _file_option("--map-file", "各区边界，GeoJSON")] = None,
    form: FormatOption = Format.table,
) -> None:
    """建立台账；已有台账时只说明现状，不作改动。

    例：registry init --demo；另一城市：registry init --powers 职权.csv --units 单位.csv
    """
    migrate()
    new = False
    if is_empty():
        files = _reference_files(powers, units, instruments, vocabulary, topics, map_file)
        if demo and files is not SHIPPED:
            raise UsageError("--demo 只用于随附的目录，不能与 --powers、--units 同用")
        new = _started(files)
    say("台账已建立" if new else _renewed())
    if demo and (new or is_unfinished()):
        with stages("演示数据") as progress:
            load_demo(progress)
    with reading() as connection:
        show([describe(connection)], form)


def _started(files: ReferenceFiles) -> bool:
    """Whether the register was started here, and not by another who began at the same time."""
    with writing() as connection:
        if is_started(connection):
            return False
        start_register(connection, files, subject())
    return True


def _renewed() -> str:
    """The policy file recorded where it has changed since, and roll-ups made anew where its legal
    limits have; else nothing."""
    with reading() as connection:
        before = revision(connection)
    with writing() as connection:
        notice_policy(connection, begin=True)
        noticed, renewed = revision(connection) != before, renew(connection)
    done = ["已记入政策文件现在的内容"] if noticed else []
    done += ["已按政策文件现行的法定限额重算汇总"] if renewed else []
    return "；".join(["已有台账", *(done or ["不作改动"])])


def _reference_files(
    powers: Path | None,
    units: Path | None,
    instruments: Path | None,
    vocabulary: Path | None,
    topics: Path | None,
    map_file: Path | None,
) -> ReferenceFiles:
    given = (powers, units, instruments, vocabulary, topics, map_file)
    if not any(given):
        return SHIPPED
    if powers is None or units is None:
        raise UsageError("另一城市的台账要同时给出 --powers 和 --units")
    return ReferenceFiles(
        powers,
        units,
        instruments=instruments,
        vocabulary=vocabulary,
        topics=topics,
        district_map=map_file,
    )


def serve(
    host: Annotated[str, typer.Option("--host", help="只在本机：127.0.0.1")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="端口")] = 8501,
) -> None:
    """在浏览器中查看。

    例：registry serve --port 8600
    """
    from registry import server

    server.serve(host, port)


def powers(
    search: Annotated[str, typer.Option("--search", help="在编码、名称、法律依据中查找")] = "",
    as_of: AsOf = None,
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """某日在册的职权。

    例：registry powers --search 停车 --as-of 2020-07-01
    """
    day = parse_date(as_of, "--as-of") if as_of else today_in_beijing()
    with reading() as connection:
        frame = power_list(connection, day, search, known_act(connection, known_on))
    say(f"截至 {day}：{len(frame)} 项职权")
    show_frame(frame, form, brief=(*POWER_COLUMNS, "units_holding"))


def holdings(
    unit: Annotated[str, typer.Argument(help="单位代码或名称")],
    as_of: AsOf = None,
    known_on: KnownOn = "",
    form: FormatOption = Format.table,
) -> None:
    """某单位某日持有的职权；单位写代码、名称或当日的旧名。

    例：registry holdings 110101001 --as-of 2020-07-01
    """
    day = parse_date(as_of, "--as-of") if as_of else today_in_beijing()
    with reading() as connection:
        catalogue = read_catalogue(connection)
        code = unit_named(catalogue, unit, day)
        frame = held_powers(connection, code, day, known_act(connection, known_on))
    names = catalogue.names("unit")
    say(f"{code} {names[code]} 在 {day} 持有 {len(frame)} 项职权")
    show_frame(frame, form, brief=POWER_COLUMNS)


def alias_add(
    text: Annotated[str, typer.Argument(help="台账中的写法")],
    code: Annotated[str, typer.Argument(help="职权、单位、诉求类别或来源部门的代码")],
    district: Annotated[str, typer.Option("--district", help="只在这个区有效")] = "",
    form: FormatOption = Format.table,
) -> None:
    """让一个写法从此代表一项职权、一个单位、一个诉求类别或来源部门。

    例：registry alias add 占道经营 UM153 --district 110105
    """
    with writing() as connection:
        record = alias.add_alias(connection, text, code, district, subject())
    say("已登记；用 registry problems --retry 重新核对隔离的行")
    show([record], form)


def alias_list(form: FormatOption = Format.table) -> None:
    """已登记的写法。

    例：registry alias list --format csv
    """
    with reading() as connection:
        show_frame(alias.aliases(connection), form)


def catalogue_load(
    file: Annotated[Path, typer.Argument(help="正式目录，CSV 或 XLSX")],
    apply: Annotated[bool, typer.Option("--apply", help="照此改写台账")] = False,
    instrument: Annotated[str, typer.Option("--instrument", help="文号")] = "",
    effective: Annotated[str, typer.Option("--effective", help="生效日期")] = "",
    form: FormatOption = Format.table,
) -> None:
    """用正式目录核对并更新职权：先列出增加、变更、终止，加 --apply 才改。

    例：registry catalogue load 附件.xlsx --apply --instrument 文号 --effective 2020-07-01
    """
    if apply and not (instrument and effective):
        raise UsageError("--apply 要同时给出 --instrument 文号 和 --effective 生效日期")
    day = parse_date(effective, "--effective") if effective else today_in_beijing()
    # Planned in the transaction that writes: nobody changes the register in between.
    with writing() if apply else reading() as connection:
        plan = annex.plan_annex(connection, file, day, instrument)
        changes = annex.change_records(plan)
        if apply:
            annex.apply_annex(connection, plan, instrument, day, subject())
    say(annex.summary(plan, applied=apply))
    show(changes, form, annex.CHANGE_COLUMNS)


def check(form: FormatOption = Format.table) -> None:
    """从案件重算月度汇总和各批次的摘要，与存储的比对；同一范围的持有期间不得重叠。

    不一致时退出码为 1。

    例：registry check
    """
    with reading() as connection:
        results: list[dict[str, Any]] = check_register(connection)
    show(results, form)
    failed = [result for result in results if not result["ok"]]
    say(f"{len(results)} 项核对，{len(failed)} 项不一致")
    if failed:
        raise typer.Exit(1)
