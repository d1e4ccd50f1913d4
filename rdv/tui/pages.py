"""The pages of the menu, each loaded when it is first needed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdv.tui.base.page import Page


def page_class(entry: str) -> "type[Page]":
    """Return the class of the page of an entry; its module is loaded here."""
    match entry:
        case "today":
            from rdv.tui.screens.today import TodayPage

            return TodayPage
        case "slots":
            from rdv.tui.screens.slots import SlotsPage

            return SlotsPage
        case "planned":
            from rdv.tui.screens.planned import PlannedPage

            return PlannedPage
        case "to_reschedule":
            from rdv.tui.screens.appointment_lists import ToReschedulePage

            return ToReschedulePage
        case "past":
            from rdv.tui.screens.appointment_lists import PastPage

            return PastPage
        case "partners":
            from rdv.tui.screens.partners import PartnersPage

            return PartnersPage
        case "counters":
            from rdv.tui.screens.counters import CountersPage

            return CountersPage
        case "searches":
            from rdv.tui.screens.searches import SearchesPage

            return SearchesPage
        case "messages":
            from rdv.tui.screens.messages import MessagesPage

            return MessagesPage
    raise KeyError(entry)
