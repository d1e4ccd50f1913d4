"""django-appointment at the same work, in a separate environment: `python peer_django.py FOLDER < data.json`.

The data are the appointments of one counter and the days to search. It prints the free starts of the days and the
median seconds of one answer, as JSON. There, a working day is one stretch: the lunch break is an appointment.
"""

import json
import sys
import time
from datetime import date, timedelta
from importlib import import_module
from statistics import median
from typing import Any

RUNS = 15
NOON, AFTERNOON = "12:00", "13:30"


def main() -> None:
    """Set up, fill and search."""
    given = json.load(sys.stdin)
    load("django.conf").settings.configure(
        SECRET_KEY="bench",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{sys.argv[1]}/peer.db"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "appointment"],
        USE_TZ=True,
        TIME_ZONE="Europe/Paris",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    load("django").setup()
    load("django.core.management").call_command("migrate", run_syncdb=True, verbosity=0)
    staff = fill(given["appointments"], given["days"])
    found = [free(staff, date.fromisoformat(day)) for day in given["days"]]
    timings = []
    for _ in range(RUNS):
        start = time.perf_counter()
        for day in given["days"]:
            free(staff, date.fromisoformat(day))
        timings.append(time.perf_counter() - start)
    print(json.dumps({"free": found, "seconds": median(timings)}))


def load(name: str) -> Any:
    """Import a module of the separate environment."""
    return import_module(name)


def fill(appointments: list[list[str]], days: list[str]) -> Any:
    """Create a service of half an hour, its staff, their hours, and all bookings."""
    models = load("appointment.models")
    user = load("django.contrib.auth").get_user_model().objects.create_user("agent")
    service = models.Service.objects.create(name="Titres", duration=timedelta(minutes=30), price=0)
    staff = models.StaffMember.objects.create(user=user, slot_duration=30)
    staff.services_offered.add(service)
    for weekday in range(1, 6):
        models.WorkingHours.objects.create(
            staff_member=staff, day_of_week=weekday, start_time="09:00", end_time="17:00"
        )
    lunches = [[day, NOON, AFTERNOON] for day in days]
    requests = models.AppointmentRequest.objects.bulk_create(
        models.AppointmentRequest(
            date=day, start_time=start, end_time=end, service=service, staff_member=staff, id_request=f"r{rank}"
        )
        for rank, (day, start, end) in enumerate(appointments + lunches)
    )
    models.Appointment.objects.bulk_create(
        models.Appointment(client=user, appointment_request=request, id_request=request.id_request, phone="")
        for request in requests
    )
    return staff


def free(staff: Any, day: date) -> list[str]:
    """Return the free starts."""
    found = load("appointment.services").get_available_slots_for_staff(day, staff, day.isoweekday() % 7)
    return [slot.strftime("%H:%M") for slot in found]


if __name__ == "__main__":
    main()
