"""`rdv agent`: agents, their rights and passwords (G1)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rdv.cli import json_shapes, render
from rdv.cli.groups import noun
from rdv.cli.options import AsJson, Reference, ServiceRefs, given
from rdv.cli.session import office, run
from rdv.i18n.wording import label, plain
from rdv.i18n.wording import say as _
from rdv.terms import Right

if TYPE_CHECKING:
    from rdv.engine.views.setup import AgentView

app = noun()

Rights = Annotated[
    list[Right] | None, typer.Option("--right", help=_("A right: module, counters or appointments; repeatable."))
]


@app.command("list", help=_("List them all."))
def list_all(as_json: AsJson = False) -> None:
    from rdv.engine.setup import agents

    columns = [_("No."), _("Login"), _("Name"), _("Rights"), _("Services")]
    render.listing(
        run(agents.list_agents),
        as_json,
        json_shapes.row,
        columns,
        lambda a: (a.id, a.login, a.name, a.rights, a.services),
    )


@app.command(help=_("Show one."))
def show(ref: Reference, as_json: AsJson = False) -> None:
    from rdv.engine.setup import agents

    _show(run(agents.show_agent, agent=ref), as_json)


@app.command(help=_("Show the agent who acts."))
def whoami(as_json: AsJson = False) -> None:
    from rdv.engine.setup import agents

    _show(run(agents.who_am_i), as_json)


@app.command(help=_("Add an agent."))
def add(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help=_("The name to sign in with."))],
    name: Annotated[str, typer.Option("--name", help=_("The name that colleagues read."))] = "",
    rights: Rights = None,
    services: ServiceRefs = None,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import agents

    view = run(agents.add_agent, login=login, name=name, rights=rights or (), services=given(services) or ())
    text = _("Added: {login}, rights: {rights}.", login=view.login, rights=plain(view.rights))
    render.done(text, as_json, json_shapes.row(view))


@app.command("set", help=_("Change an agent; rights and services are replaced by those given."))
def change(
    ref: Reference,
    name: Annotated[str | None, typer.Option("--name", help=_("The name that colleagues read."))] = None,
    rights: Rights = None,
    no_right: Annotated[bool, typer.Option("--no-right", help=_("Take every right away."))] = False,
    services: ServiceRefs = None,
    as_json: AsJson = False,
) -> None:
    from rdv.engine.setup import agents

    held = () if no_right else rights
    view = run(agents.set_agent, agent=ref, name=name, rights=held, services=given(services))
    text = _("Changed: {login}, rights: {rights}.", login=view.login, rights=plain(view.rights))
    render.done(text, as_json, json_shapes.row(view))


@app.command(help=_("End an agent's access; what he or she did stays in the history."))
def remove(ref: Reference, as_json: AsJson = False) -> None:
    from rdv.engine.setup import agents

    run(agents.remove_agent, agent=ref)
    render.done(_("Removed."), as_json, {"removed": ref})


@app.command(help=_("Give an agent a password, asked for twice or read from standard input."))
def password(ref: Reference, as_json: AsJson = False) -> None:
    from rdv.engine.setup import agents

    run(agents.set_password, agent=ref, password=_secret(_("Once more")))
    render.done(_("Done."), as_json, {"changed": ref})


@app.command("sign-in", help=_("Say whether a password, asked for or read from standard input, is an agent's."))
def sign_in(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help=_("The name to sign in with."))], as_json: AsJson = False
) -> None:
    from rdv.engine.setup import passwords

    view = passwords.sign_in(office(), login=login, password=_secret(False))
    render.done(_("This is the password of {login}.", login=view.login), as_json, json_shapes.row(view))


def _secret(once_more: str | bool) -> str:
    """Read a password: typed without echo (twice if asked), or the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt(_("Password"), hide_input=True, confirmation_prompt=once_more))
    return sys.stdin.readline().rstrip("\n")


def _show(view: AgentView, as_json: bool) -> None:
    fields = [
        (_("No."), view.id),
        (_("Login"), view.login),
        (_("Name"), view.name),
        (_("Rights"), [label(right) for right in view.rights]),
        (_("Services"), view.services),
        (_("Password"), view.has_password),
    ]
    render.record(view, as_json, json_shapes.row, fields)
