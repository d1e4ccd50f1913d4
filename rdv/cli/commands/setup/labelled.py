"""Commands of records that only have a label: services and desks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from rdv.cli import json_shapes, render
from rdv.cli.groups import noun
from rdv.cli.options import AsJson, Label, Reference
from rdv.cli.session import run
from rdv.i18n.wording import say as _

UseCases = Callable[[], dict[str, Any]]
"""The use cases `list`, `show`, `add`, `set` and `remove`, imported when a command runs."""


def labelled(kind: str, use_cases: UseCases, *, used_by: str) -> typer.Typer:
    """Build the five commands of a kind. `set` and `remove` pass the record under the use case's keyword, `kind`."""
    app = noun()

    @app.command("list", help=_("List them all."))
    def list_all(as_json: AsJson = False) -> None:
        views = run(use_cases()["list"])
        render.listing(
            views, as_json, json_shapes.row, [_("No."), _("Label"), _(used_by)], lambda v: (v.id, v.label, v.used_by)
        )

    @app.command("show", help=_("Show one."))
    def show(ref: Reference, as_json: AsJson = False) -> None:
        view = run(use_cases()["show"], **{kind: ref})
        fields = [(_("No."), view.id), (_("Label"), view.label), (_(used_by), view.used_by)]
        render.record(view, as_json, json_shapes.row, fields)

    @app.command("add", help=_("Add one."))
    def add(label: Label, as_json: AsJson = False) -> None:
        view = run(use_cases()["add"], label=label)
        render.done(_("Added: {label} ({number}).", label=view.label, number=view.id), as_json, json_shapes.row(view))

    @app.command("set", help=_("Change its label."))
    def change(
        ref: Reference, label: str = typer.Option(..., "--label", help=_("Another label.")), as_json: AsJson = False
    ) -> None:
        view = run(use_cases()["set"], **{kind: ref}, label=label)
        render.done(_("Changed: {label}.", label=view.label), as_json, json_shapes.row(view))

    @app.command("remove", help=_("Remove one that nothing uses."))
    def remove(ref: Reference, as_json: AsJson = False) -> None:
        run(use_cases()["remove"], **{kind: ref})
        render.done(_("Removed."), as_json, {"removed": ref})

    return app
