"""The command line: a lazy group with one module a noun, and the exit codes.

`rdv --help` imports neither the engine nor a noun: the table below is enough. No traceback reaches a user: every error
becomes one sentence, or JSON with `--json`.
"""

import gc
import importlib
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rdv.cli import usage
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Broken, Conflict, Invalid, NotAllowed, NotFound, RdvError, Refused

EXIT_CODES: dict[type[RdvError], int] = {Refused: 1, Conflict: 1, Invalid: 2, NotAllowed: 3, NotFound: 4, Broken: 5}
INTERRUPTED = 130
INTERNAL = 70
"""An internal error: EX_SOFTWARE of sysexits.h."""

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("rdv.cli.commands.upkeep.demo", N_("A sample town hall, to try everything.")),
    "tui": ("rdv.cli.commands.upkeep.tui", N_("The agents' screens.")),
    "init": ("rdv.cli.commands.setup.town:init", N_("Creates the database and a first administrator.")),
    "doctor": ("rdv.cli.commands.upkeep.doctor", N_("Checks settings, database, mail and SMS; says how to mend each.")),
    "apply": ("rdv.cli.commands.setup.town:apply", N_("Declares a town hall from a TOML file.")),
    "import": (
        "rdv.cli.commands.upkeep.import_",
        N_("Brings in what files hold: counters, partners, appointments, closures."),
    ),
    "export": ("rdv.cli.commands.upkeep.export", N_("Writes what the database holds to files.")),
    "service": ("rdv.cli.commands.setup.service", N_("Services of the town hall.")),
    "agent": ("rdv.cli.commands.setup.agent", N_("Agents, their rights and passwords.")),
    "place": ("rdv.cli.commands.setup.place", N_("Places where counters are.")),
    "type": ("rdv.cli.commands.setup.type", N_("Types of appointments.")),
    "week": ("rdv.cli.commands.setup.week", N_("Reference weeks: the opening hours.")),
    "desk": ("rdv.cli.commands.setup.desk", N_("Desks that several counters share.")),
    "counter": ("rdv.cli.commands.setup.counter", N_("Counters and their exception periods.")),
    "closure": ("rdv.cli.commands.setup.closure", N_("Closures and public holidays.")),
    "slot": ("rdv.cli.commands.booking.slot", N_("Slots: see, find, suspend, reserve, release.")),
    "appointment": ("rdv.cli.commands.booking.appointment", N_("Appointments: assign, move, cancel, done, no show.")),
    "reschedule": ("rdv.cli.commands.booking.reschedule", N_("New slots for many appointments at once.")),
    "stats": ("rdv.cli.commands.booking.stats", N_("Load, no shows and waits of the last 30 days, or of others.")),
    "partner": ("rdv.cli.commands.booking.partner", N_("Partners and their files.")),
    "notification": ("rdv.cli.commands.booking.notification", N_("Messages to citizens: sent, waiting, parked.")),
    "worker": ("rdv.cli.commands.upkeep.worker", N_("Sends messages as they become due.")),
    "search": ("rdv.cli.commands.booking.search", N_("Lists with their filters, saved under a name.")),
    "journal": ("rdv.cli.commands.booking.journal", N_("Who did what, when.")),
    "portal": ("rdv.cli.commands.upkeep.portal", N_("The citizens' site.")),
    "retention": ("rdv.cli.commands.upkeep.retention", N_("How long personal data are kept.")),
    "db": ("rdv.cli.commands.upkeep.db", N_("The database: upgrade, backup, restore, copy, check.")),
}


class LazyGroup(TyperGroup):
    """A group that imports a command when it is used."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the command names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and return the command of this name, or None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        where, text = COMMANDS[cmd_name]
        module, _colon, name = where.partition(":")
        app = getattr(importlib.import_module(module), name or "app")
        command = typer.main.get_command(app)
        command.name, command.help = cmd_name, command.help or _(text)
        usage.translate_help(command)
        return command

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options of the program, in the user's language."""
        return usage.translated(super().get_params(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Resolve a command as Typer does. Raise Invalid with similar names for an unknown command."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise Invalid("usage_command", command=args[0], close=usage.close_to(args[0], COMMANDS))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands of `--help` from the table alone."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(text)) for name, (module, text) in COMMANDS.items()])


app = typer.Typer(
    cls=LazyGroup,
    name="rdv",
    help=_("Appointments for public counters. Each command has its own --help."),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        _write(f"rdv {version('rdv')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help=_("Says which version this is, and ends.")
        ),
    ] = False,
) -> None:
    """Allow the group to have no command of its own."""


def main() -> None:
    """Run the program: the entry point `rdv`."""
    gc.disable()  # garbage collection would take a sixth of a short command during imports; `office` turns it on
    raise SystemExit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code (docs/administrators.md)."""
    as_json = "--json" in arguments
    wording.speak()
    try:
        usage.check_encoding(arguments)
        code = app(args=list(arguments), prog_name="rdv", standalone_mode=False)
    except RdvError as error:
        return _fail(error, as_json)
    except usage.UsageProblem as problem:
        text = usage.asks_for_help(problem)
        if text is None:
            return _fail(usage.explained(problem), as_json)
        return _write(text)
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader closed the pipe, so nothing more can be printed
        return 0
    except Exception as problem:  # noqa: BLE001 - the last door: a sentence, never a traceback
        return _fail(RdvError("internal", problem=f"{type(problem).__name__}: {problem}"), as_json)
    return code if isinstance(code, int) else 0


def _write(text: str) -> int:
    from rdv.cli import render

    render.raw(f"{text}\n")
    return 0


def _fail(error: RdvError, as_json: bool) -> int:
    from rdv.cli import render

    render.error(error, as_json=as_json)
    return next((code for family, code in EXIT_CODES.items() if isinstance(error, family)), INTERNAL)
