"""Changes that may touch appointments: shown first, then made, then said."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from textual.screen import Screen

from rdv.engine.office import Work
from rdv.engine.views.everything import Impact
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.dialogs.impact import ImpactDialog
from rdv.tui.shift import Shift

P = ParamSpec("P")


async def change(
    screen: Screen[Any],
    shift: Shift,
    function: Callable[Concatenate[Work, P], Impact],
    /,
    *args: P.args,
    **given: P.kwargs,
) -> Impact | None:
    """Previews a change, asks when it touches someone (I1), makes it; None when the person thought better of it."""
    foreseen = await shift.preview(function, *args, **given)
    extra: dict[str, Any] = {}
    if not foreseen.is_empty or foreseen.restorable:
        answer = await screen.app.push_screen_wait(ImpactDialog(foreseen, shift.now))
        if answer is None:
            return None
        extra = {"restore": True} if answer == "restore" else {}
    done = await shift.run(function, *args, **(given | extra))  # type: ignore[arg-type]
    said = [_(N_("Done."))]
    if done.to_reschedule:
        said.append(_(N_("To reschedule: {count}."), count=done.to_reschedule))
    if done.restored:
        said.append(_(N_("Back on their slot: {names}."), names=[card.partner.name for card in done.restored]))
    screen.app.notify(" ".join(said), markup=False)
    return done
