"""The sentences of errors and of the journal, and the names of the use cases, in English; `rdv.wording` translates.

`ERRORS` maps the stable identifier of an error to (what is the matter, what to do). A name in braces is a fact of the
error. Written as one sentence each, for people with a citizen standing in front of them.
"""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "to be translated later"
    """Marks a text for the catalogues."""
    return text


ERRORS: dict[str, tuple[str, str]] = {
    # what was given cannot be read
    "setting": (N_("The setting {name} cannot be {value!r}."), N_("Correct it in the environment or in rdv.toml.")),
    "settings_file": (N_("The settings file {path} cannot be read: {problem}."), N_("Correct it; it is a TOML file.")),
    "database_url": (
        N_("{url!r} is neither a file nor the address of a database."),
        N_("Set RDV_DATABASE to a path, or to postgresql://user:password@host/name."),
    ),
    "database_kind": (N_("Databases of the kind {kind} are not served."), N_("Use SQLite or PostgreSQL.")),
    "moment": (
        N_("{text!r} is not a date or a time."),
        N_("Write 2017-04-07T11:00, 07/04/2017 11:00, today, demain, lundi 9:30 or +3d."),
    ),
    "day": (N_("{text!r} is not a date."), N_("Write 2017-04-07, 07/04/2017, today, demain, lundi or +3d.")),
    "hours_unreadable": (
        N_("The opening hours {text!r} cannot be read, from character {at} on."),
        N_("Write them as OpenStreetMap does: Mo-Fr 08:30-12:00,13:30-17:00; Sa 09:00-12:00."),
    ),
    "slot_length": (N_("A slot cannot last {minutes} minutes."), N_("Give a length from 1 to 1440 minutes.")),
    "label_empty": (N_("{label!r} is not a label."), N_("Give a label with at least one letter or digit.")),
    "label_long": (N_("The label « {label}… » is too long."), N_("Keep it to {most} characters at most.")),
    "timezone": (N_("There is no time zone {name!r}."), N_("Give a name such as Europe/Paris or America/Guadeloupe.")),
    "number": (N_("{field}: {number} cannot be."), N_("Give a whole number from {least} on.")),
    "holidays_country": (
        N_("The public holidays of {country} ({subdivision}) are not known."),
        N_("Give a country by its two letters (FR) and, if need be, one of its subdivisions."),
    ),
    "login": (N_("{login!r} is not a login."), N_("Give a word without blanks, not a number.")),
    "name_empty": (N_("A partner needs a name."), N_("Give at least a last name.")),
    "phone": (N_("{text!r} is not a phone number."), N_("Write 06 12 34 56 78 or +33 6 12 34 56 78.")),
    "email": (N_("{text!r} is not an e-mail address."), N_("Write name@example.org.")),
    "code": (N_("{code!r} is not the code of a partner."), N_("Write C000098.")),
    "file_absent": (N_("The file {path} cannot be read: {problem}."), N_("Check its name and its rights.")),
    "declaration_toml": (N_("{path} is not a TOML file: {problem}."), N_("Correct the line that it names.")),
    "declaration_key": (
        N_("{where}: the key {key!r} is not known."),
        N_("Did you mean: {close}? The keys are listed in docs/administrators.md."),
    ),
    "declaration_missing": (N_("{where}: the key {key!r} is missing."), N_("Add it to the file.")),
    "declaration_value": (N_("{where}: {key} cannot be {value!r}."), N_("Correct it in the file: {why}.")),
    "declaration_twice": (N_("{where} is declared twice."), N_("Keep one of the two.")),
    "hours_slots": (
        N_("{hours} opening hours were given with {slots} slot lengths."),
        N_("Give one --slot for all --hours, or one each."),
    ),
    "usage": (N_("The command cannot be read: {problem}."), N_("See {command} --help.")),
    "usage_command": (N_("There is no command {command!r}."), N_("Did you mean: {close}?")),
    "usage_extra": (N_("{extra!r} is too much."), N_("Put quotes around a text with blanks; see {command} --help.")),
    "usage_missing": (N_("{parameter} is missing."), N_("See {command} --help.")),
    "usage_option": (N_("There is no option {option}."), N_("Did you mean: {close}? See {command} --help.")),
    "usage_range": (N_("{parameter} cannot be {value}."), N_("Give a number from {least} to {most}.")),
    "usage_value": (N_("{parameter} cannot be {value!r}: {why}."), N_("See {command} --help.")),
    "usage_word": (N_("{parameter} cannot be {value!r}."), N_("Give one of: {words}.")),
    # a rule said no
    "hours_rule": (
        N_("The rule {text!r} does not fit in a reference week: {why}."),
        N_("Leave it out and declare an exception period or a closure for those days."),
    ),
    "openings_overlap": (N_("Openings of one day overlap in {text!r}."), N_("Make them follow each other.")),
    "ambiguous": (N_("Several answer to {ref!r} ({kind}): {candidates}."), N_("Give the number or the code of one.")),
    "period_backwards": (N_("The period ends ({last}) before it starts ({first})."), N_("Exchange the two.")),
    "period_long": (N_("{days} days are too many to list."), N_("Ask for at most {most} days at a time.")),
    "slot_suspended": (
        N_("The slot of {start} at {counter} is suspended."),
        N_("Release it from the management of the counter, or choose another: rdv slot next --type {type!s}."),
    ),
    "slot_suspended_first": (
        N_("The slot of {start} at {counter} is suspended: it cannot be reserved."),
        N_("Release it first."),
    ),
    "slot_past": (N_("That slot of {counter} is over."), N_("Choose one to come.")),
    "nothing_to_release": (
        N_("Nothing is reserved or suspended there at {counter}."),
        N_("To free a booked slot, cancel or move its appointment."),
    ),
    "merge_itself": (N_("The file {code} cannot be merged into itself."), N_("Give the codes of two files.")),
    "in_use": (N_("« {label} » ({kind}) is in use: {dependents}."), N_("Change or remove those first.")),
    "other_type": (
        N_("{counter} serves another type of appointment ({type})."),
        N_("An appointment moves to a slot of its own type: rdv slot next --type …"),
    ),
    "appointment_over": (
        N_("The appointment {appointment} is over with: {status}."),
        N_("Assign a new one."),
    ),
    "too_early": (N_("The appointment {appointment} is only on {start}."), N_("Wait for it, move it or cancel it.")),
    "before_first_day": (
        N_("{counter} opens to appointments on {first}, after {day}."),
        N_("Choose a later day, or change the first day of the counter."),
    ),
    "after_last_day": (
        N_("{counter} is open to appointments until {last}, before {day}."),
        N_("Choose an earlier day, or change the last day of the counter."),
    ),
    "exception_overlap": (
        N_("{counter} already has an exception period from {first} to {last}."),
        N_("Change that one, or choose other days."),
    ),
    "desk_capacity": (
        N_("{counter} has a desk, which seats one person: its capacity cannot be {capacity}."),
        N_("Take the desk off, or set the capacity to 1."),
    ),
    "last_administrator": (
        N_("Nobody would be left with the right to configure."),
        N_("Give the right « module » to another agent first."),
    ),
    "password_short": (N_("The password is too short."), N_("Choose at least {least} characters.")),
    "file_exists": (N_("{path} exists already."), N_("Choose another name, or move it away.")),
    "pg_dump_missing": (N_("pg_dump was not found."), N_("Install the client programs of PostgreSQL.")),
    "not_confirmed": (N_("Nothing was changed."), N_("Answer yes, or give --yes.")),
    # someone was faster
    "slot_taken": (N_("The slot is already taken."), N_("Choose another: rdv slot next.")),
    "slot_held": (
        N_("A citizen is choosing the slot of {start} at {counter}."),
        N_("Wait some minutes, or choose another: rdv slot next --type {type!s}."),
    ),
    "desk_taken": (
        N_("The desk of {counter} is taken at {start} for another counter."),
        N_("Choose another slot: rdv slot next --type {type!s}."),
    ),
    "changed_meanwhile": (N_("Someone changed the same thing at the same moment."), N_("Try again.")),
    "label_taken": (N_("There is already « {label} » ({kind})."), N_("Choose another label.")),
    "code_taken": (N_("The code {code} is in use."), N_("Leave it out: the next one is given.")),
    # not allowed
    "right_missing": (
        N_("{agent} lacks the right for « {what} »: {rights}."),
        N_("Ask an administrator for it."),
    ),
    "service_missing": (
        N_("{agent} belongs to no service of « {type} »."),
        N_("Ask an administrator, or an agent of that service."),
    ),
    "agent_unknown": (
        N_("{agent!r} is not an agent here."),
        N_("Set RDV_AGENT to your login, or ask an administrator: rdv agent add."),
    ),
    # nothing answers
    "not_found": (N_("There is no {kind} {ref!r}."), N_("Close to it: {close}.")),
    "no_slot": (N_("{counter} has no slot at {start}."), N_("Nearest that day: {close}.")),
    # the database cannot serve
    "database_absent": (N_("There is no rdv database at {database}."), N_("Make one: rdv init.")),
    "database_age": (
        N_("The database {database} is of another version ({found}, not {wanted})."),
        N_("Bring it up to date: rdv db upgrade; if it is newer, install the newer rdv."),
    ),
    "database_unreachable": (
        N_("The database {database} cannot be reached: {problem}."),
        N_("Check RDV_DATABASE and that the server runs: rdv doctor."),
    ),
    "database_locked": (N_("The database {database} is locked by another program."), N_("Wait a little, try again.")),
    "database_damaged": (
        N_("The database {database} gave an error: {problem}."),
        N_("Run rdv db check and keep a copy of the file."),
    ),
    "database_wrong": (
        N_("The database holds what must never be: {count} findings."),
        N_("Keep a copy of it (rdv db backup) and report them."),
    ),
    # what the doctor finds
    "mail_unreachable": (
        N_("Mail cannot leave by {url}: {problem}."),
        N_("Correct RDV_MAIL_URL: smtp://host:25 or file:FOLDER."),
    ),
    "sms_url": (N_("RDV_SMS_URL is no Apprise address."), N_("Write one such as octopush://…, or leave it out.")),
    "backup_failed": (N_("The copy {path} could not be made: {problem}."), N_("Check the room and the rights there.")),
    "internal": (N_("Something unexpected happened: {problem}."), N_("Nothing was written. Please report it.")),
}

REASONS: dict[str, str] = {
    "additional": N_("it is an additional rule (write days without a blank after the comma)"),
    "comment": N_("it holds a comment"),
    "dated": N_("it holds for some dates only"),
    "day_offset": N_("it counts days from another"),
    "easter": N_("it depends on Easter"),
    "fallback": N_("it holds where another does not"),
    "month": N_("it depends on the month"),
    "no_day": N_("no day answers to it"),
    "nth_weekday": N_("it names the first or another such weekday of the month"),
    "open_end": N_("it has no end"),
    "overridden": N_("a later rule takes its days back"),
    "past_midnight": N_("it goes past midnight"),
    "public_holidays": N_("it depends on public holidays (add them as closures: rdv closure holidays)"),
    "public_holidays_undeclared": N_("it depends on public holidays (declare [holidays] in the same file)"),
    "repetition": N_("it repeats within the day"),
    "school_holidays": N_("it depends on school holidays"),
    "selector": N_("it depends on more than the weekday"),
    "sun": N_("it depends on the sun"),
    "unknown": N_("it does not say whether it is open"),
    "week_number": N_("it depends on the number of the week"),
    "years": N_("it spans several years"),
    # what a declared town hall expects
    "expects_int": N_("a whole number is expected"),
    "expects_bool": N_("true or false is expected"),
    "expects_date": N_("a date such as 2026-01-31 is expected"),
    "expects_datetime": N_("a date and a time such as 2026-01-31T09:00:00 are expected"),
    "expects_string": N_("a text in quotes is expected"),
    "expects_literal": N_("another word is expected"),
    "expects_enum": N_("another word is expected"),
    "expects_tuple": N_("a list in brackets is expected"),
    "expects_list": N_("a list in brackets is expected"),
    "expects_other": N_("another kind of value is expected"),
}

HISTORY: dict[str, str] = {
    "appointment.assign": N_("assigned: {counter}, {starts_at}"),
    "appointment.import": N_("declared: {counter}, {starts_at}"),
    "appointment.move": N_("moved from {before} to {counter}, {starts_at}"),
    "appointment.cancel": N_("cancelled"),
    "appointment.done": N_("done"),
    "appointment.no_show": N_("did not come"),
    "appointment.restore": N_("back on its slot: {counter}, {starts_at}"),
    "appointment.displaced": N_("lost its slot {counter}, {starts_at}: {cause}"),
}

FRAMEWORK = (N_("Arguments"), N_("Commands"), N_("Options"), N_("required"), N_("default: {default}"))
"""Headings of `--help` that Typer asks gettext for."""

USE_CASES: dict[str, str] = {
    "agents.list_agents": N_("List agents"),
    "agents.show_agent": N_("Show an agent"),
    "agents.add_agent": N_("Add an agent"),
    "agents.set_agent": N_("Change an agent"),
    "agents.remove_agent": N_("Remove an agent"),
    "agents.set_password": N_("Set a password"),
    "agents.found": N_("Make the first administrator"),
    "partners.find_partners": N_("Find partners"),
    "partners.show_partner": N_("Show a partner's file"),
    "partners.partner_history": N_("Show what happened to a partner's file"),
    "partners.add_partner": N_("Add a partner"),
    "partners.set_partner": N_("Change a partner"),
    "partners.merge_partners": N_("Merge two partners"),
    "slots.list_slots": N_("List slots"),
    "slots.next_free": N_("Find the next free slots"),
    "slots.suspend": N_("Suspend slots"),
    "slots.reserve": N_("Reserve slots"),
    "slots.release": N_("Release slots"),
    "appointments.list_appointments": N_("List appointments"),
    "appointments.show_appointment": N_("Show an appointment"),
    "appointments.assign": N_("Assign a slot"),
    "appointments.move": N_("Change the slot of an appointment"),
    "appointments.cancel": N_("Cancel appointments"),
    "appointments.mark_done": N_("Mark appointments as done"),
    "appointments.mark_no_show": N_("Mark appointments as no show"),
    "closures.list_closures": N_("List closures"),
    "closures.show_closure": N_("Show a closure"),
    "closures.add_closure": N_("Add a closure"),
    "closures.add_holidays": N_("Shut on public holidays"),
    "closures.set_closure": N_("Change a closure"),
    "closures.remove_closure": N_("Remove a closure"),
    "configuration.list_services": N_("List services"),
    "configuration.show_service": N_("Show a service"),
    "configuration.add_service": N_("Add a service"),
    "configuration.set_service": N_("Change a service"),
    "configuration.remove_service": N_("Remove a service"),
    "configuration.list_desks": N_("List desks"),
    "configuration.show_desk": N_("Show a desk"),
    "configuration.add_desk": N_("Add a desk"),
    "configuration.set_desk": N_("Change a desk"),
    "configuration.remove_desk": N_("Remove a desk"),
    "configuration.list_places": N_("List places"),
    "configuration.show_place": N_("Show a place"),
    "configuration.add_place": N_("Add a place"),
    "configuration.set_place": N_("Change a place"),
    "configuration.remove_place": N_("Remove a place"),
    "configuration.list_types": N_("List types of appointments"),
    "configuration.show_type": N_("Show a type of appointment"),
    "configuration.add_type": N_("Add a type of appointment"),
    "configuration.set_type": N_("Change a type of appointment"),
    "configuration.remove_type": N_("Remove a type of appointment"),
    "counters.list_counters": N_("List counters"),
    "counters.show_counter": N_("Show a counter"),
    "counters.add_counter": N_("Add a counter"),
    "counters.set_counter": N_("Change a counter"),
    "counters.remove_counter": N_("Remove a counter"),
    "counters.add_exception": N_("Add an exception period"),
    "counters.set_exception": N_("Change an exception period"),
    "counters.remove_exception": N_("Remove an exception period"),
    "weeks.list_weeks": N_("List reference weeks"),
    "weeks.show_week": N_("Show a reference week"),
    "weeks.add_week": N_("Add a reference week"),
    "weeks.set_week": N_("Change a reference week"),
    "weeks.remove_week": N_("Remove a reference week"),
    "apply.apply_town": N_("Apply a declared town hall"),
    "checks.check_database": N_("Check the database"),
    "exports.export_config": N_("Export the configuration"),
    "journal.read_journal": N_("Read the journal"),
}
