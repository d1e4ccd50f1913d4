"""The lengths of the lists of appointments, for the menu (A5, A6)."""

from typing import Unpack
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import col, select

from rdv.date_input import Moment
from rdv.engine.office import Work, use_case
from rdv.engine.seats.lists import ListFilters, list_where
from rdv.engine.views.appointments import ListCounts
from rdv.store.tables import Appointment
from rdv.terms import AppointmentList


@use_case(writes=False)
def count_lists(work: Work) -> ListCounts:
    """Return how long the lists are: planned appointments of today still to come, to reschedule, past without status.

    Today is that of the settings' zone.
    """
    today = Moment(calendar=work.now.astimezone(ZoneInfo(work.settings.zone)).date())
    return ListCounts(
        planned_today=_count(work, view=AppointmentList.PLANNED, first=today, last=today),
        to_reschedule=_count(work, view=AppointmentList.TO_RESCHEDULE),
        past_without_status=_count(work, view=AppointmentList.PAST_WITHOUT_STATUS),
    )


def _count(work: Work, /, **filters: Unpack[ListFilters]) -> int:
    return work.session.exec(select(func.count(col(Appointment.id))).where(*list_where(work, **filters))).one()
