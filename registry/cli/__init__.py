"""The command line: each command parses, calls one function, prints.

Results on stdout, talk on stderr. Exit codes: 0 fine, 1 user error, 2 usage, 3 accepted with
quarantined rows.
"""

import sys
from typing import Any

import typer
from typer._click.exceptions import NoSuchOption  # Typer gives it no public name
from typer.core import TyperGroup

from registry.access import local_user, run_as
from registry.cli import (
    adjustment,
    assessment,
    backup,
    brief,
    cluster,
    freeze,
    gaming,
    intake,
    ledger,
    measures,
    policy,
    procedure,
    publish,
    recompute,
    register,
    remark,
    reported,
    returns,
    review,
    role,
    token,
)
from registry.cli.figure_command import DEMAND, HANDOVER, STAFFING
from registry.cli.output import say
from registry.errors import RegistryError
from registry.outages import of_disk


class Commands(TyperGroup):
    """All commands; where a text that begins with "-" is taken for an option, how to write it."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except NoSuchOption as error:
            error.message += (
                f"\n没有选项 {error.option_name}。以「-」开头的文字要写在 -- 之后，"
                '选项写在它前面，如：registry remark 110105 -- "-1 月补报"'
            )
            raise


app = typer.Typer(
    cls=Commands,
    name="registry",
    help="""下放职权台账：谁在何时持有哪项职权，用了没有。Delegated Powers Registry.

    例：registry init --demo，然后 registry rate --by district
    """,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
COMMANDS = (
    *(register, intake, returns, remark, measures, STAFFING, review, procedure, DEMAND, gaming),
    *(HANDOVER, reported, brief, assessment, adjustment, ledger, recompute, freeze, policy, backup),
    *(role, token, publish, cluster),
)
for module in COMMANDS:
    module.add_commands(app)
command = typer.main.get_command(app)


def main() -> None:
    """The console script: a RegistryError is one sentence and an exit code."""
    run_as(local_user)
    try:
        with of_disk():
            command()
    except RegistryError as error:
        say(f"错误：{error}")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
