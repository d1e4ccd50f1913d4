"""The sentences of errors, in English; `rdv.i18n.wording` translates them.

`ERRORS` maps the stable identifier of an error to (problem, what to do). A name in braces is a fact of the error. Each
is one sentence, written for agents who have a citizen in front of them.
"""

from rdv.i18n.sentences.mark import N_

TAKEN_BY: dict[str, str] = {"slot_taken": N_("The slot is already taken by {by}.")}
"""The problem, when the error knows who took the slot first (`by`)."""

ERRORS: dict[str, tuple[str, str]] = {
    # the input cannot be read
    "commit_unknown": (
        N_("The connection to {database} was lost while the change was being kept: it may be there, or not."),
        N_("Look whether it is there before you do it again."),
    ),
    "database_slow": (
        N_("The database {database} took longer than {seconds} seconds to answer, and was stopped."),
        N_("Ask for less at once; RDV_STATEMENT_SECONDS sets how long an answer may take."),
    ),
    "database_full": (
        N_("All {connections} connections of this program to {database} are in use."),
        N_("Try again in a moment; RDV_POOL sets how many there are."),
    ),
    "setting": (N_("The setting {name} cannot be {value!r}."), N_("Correct it in the environment or in rdv.toml.")),
    "settings_file": (N_("The settings file {path} cannot be read: {problem}."), N_("Correct it; it is a TOML file.")),
    "database_url": (
        N_("{url!r} is neither a file nor the address of a database."),
        N_("Set RDV_DATABASE to a path, or to postgresql://user:password@host/name."),
    ),
    "database_kind": (N_("Databases of the kind {kind} are not served."), N_("Use SQLite or PostgreSQL.")),
    "cannot_listen": (
        N_("This machine does not listen at {host}: {problem}."),
        N_("Give one of its own addresses, or 0.0.0.0 for all of them."),
    ),
    "moment": (
        N_("{text!r} is not a date or a time."),
        N_("Write 2017-04-07T11:00, 07/04/2017 11:00, today, demain, lundi 9:30 or +3d."),
    ),
    "day": (N_("{text!r} is not a date."), N_("Write 2017-04-07, 07/04/2017, today, demain, lundi or +3d.")),
    "seal_broken": (N_("This link is not right."), N_("Copy it whole from the message, or ask for a new one.")),
    "seal_expired": (N_("This link has had its time."), N_("Ask for a new one.")),
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
    "language": (N_("Messages are not written in {language!r}."), N_("Give fr or en.")),
    "reminders_many": (N_("Too many reminders."), N_("Give {most} at most.")),
    "code": (N_("{code!r} is not the code of a partner."), N_("Write C000098.")),
    "plan_unreadable": (N_("{path} is not a plan: {problem}."), N_("Make one with rdv reschedule plan --out FILE.")),
    "plan_line": (N_("{path}, line {line}: {reason}."), N_("Correct that line, or take it out.")),
    "plan_twice": (N_("{path}: the appointment {appointment} is there twice."), N_("Keep one of the two.")),
    "file_absent": (N_("The file {path} cannot be read: {problem}."), N_("Check its name and its rights.")),
    "declaration_toml": (N_("{path} is not a TOML file: {problem}."), N_("Correct the line that it names.")),
    "declaration_key": (
        N_("{where}: the key {key!r} is not known."),
        N_("Did you mean: {close}? The keys are listed in docs/administrators.md."),
    ),
    "declaration_missing": (N_("{where}: the key {key!r} is missing."), N_("Add it to the file.")),
    "declaration_value": (N_("{where}: {key} cannot be {value!r}."), N_("Correct it in the file: {why}.")),
    "declaration_twice": (N_("{where} is declared twice."), N_("Keep one of the two.")),
    "export_form": (
        N_("The name {path} does not say what kind of file it is to be."),
        N_("Name it .csv, .xlsx or .ics, or give --format."),
    ),
    "export_no_dates": (N_("Partners are no events: a calendar cannot hold them."), N_("Choose .csv or .xlsx.")),
    "file_unwritable": (
        N_("The file {path} cannot be written: {problem}."),
        N_("Check the folder, the room and the rights there."),
    ),
    "import_format": (
        N_("{path} is neither a CSV, nor an XLSX, nor a calendar file that can be read."),
        N_("Save it as XLSX or as CSV (UTF-8), and give that file."),
    ),
    "import_empty": (
        N_("{path} holds nothing to import."),
        N_("It needs the names of its columns on one line, then a line for each thing."),
    ),
    "import_calendar": (
        N_("{path} is a calendar, from which only appointments and closures come."),
        N_("Give a CSV or an XLSX file."),
    ),
    "import_columns": (
        N_("{path}: these columns are not known: {columns}."),
        N_("Did you mean: {close}? Rename those, delete the others."),
    ),
    "import_columns_missing": (
        N_("{path}: these columns are missing: {columns}."),
        N_("Add them; their order is free."),
    ),
    "import_column_twice": (N_("{path}: two columns say the same: {columns}."), N_("Keep one of the two.")),
    "import_stray": (N_("{text!r} stands under no column name."), N_("Name the column, or take the cell out.")),
    "import_cell_missing": (N_("The cell is empty."), N_("Fill it in.")),
    "import_formula": (N_("{text!r} is the error of a formula."), N_("Correct the formula, or write the value.")),
    "import_word": (N_("{text!r} is not a word of this column."), N_("Write one of: {words}.")),
    "import_repeats": (
        N_("The event repeats itself ({property})."),
        N_("Write each of its dates as an event of its own."),
    ),
    "import_property": (N_("The event has no {property}."), N_("Add it in the calendar.")),
    "search_filter": (N_("That list has no filter {filter!r}."), N_("It has: {known}.")),
    "search_value": (N_("The filter {filter} cannot be {value!r}."), N_("See rdv search save --help.")),
    "hours_slots": (
        N_("{hours} opening hours were given with {slots} slot lengths."),
        N_("Give one --slot for all --hours, or one each."),
    ),
    "usage": (N_("The command cannot be read: {problem}."), N_("See {command} --help.")),
    "text_encoding": (
        N_("{text!r} holds characters that cannot be read."),
        N_("Write it in the encoding of the terminal: UTF-8, as a rule."),
    ),
    "usage_command": (N_("There is no command {command!r}."), N_("Did you mean: {close}?")),
    "usage_extra": (N_("{extra!r} is too much."), N_("Put quotes around a text with blanks; see {command} --help.")),
    "usage_missing": (N_("{parameter} is missing."), N_("See {command} --help.")),
    "usage_option": (N_("There is no option {option}."), N_("Did you mean: {close}? See {command} --help.")),
    "usage_range": (N_("{parameter} cannot be {value}."), N_("Give a number from {least} to {most}.")),
    "usage_value": (N_("{parameter} cannot be {value!r}: {why}."), N_("See {command} --help.")),
    "usage_word": (N_("{parameter} cannot be {value!r}."), N_("Give one of: {words}.")),
    # a rule refuses
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
    "import_lines": (
        N_("{path}: lines that cannot be imported: {count}. Nothing was written."),
        N_("Correct them in the file, then import it again."),
    ),
    "import_twice": (
        N_("« {label} » is on line {line} already."),
        N_("Keep one of the two, or tell them apart: a phone, an e-mail or a code for a partner."),
    ),
    "import_code": (
        N_("{code} is the file of {known}, not of {name}."),
        N_("Correct the code, or leave it out; rdv partner set changes a name."),
    ),
    "partner_upcoming": (
        N_("{code} has appointments to come: {appointments}."),
        N_("Cancel them first: rdv appointment cancel."),
    ),
    "in_use": (N_("« {label} » ({kind}) is in use – {dependents}."), N_("Change or remove those first.")),
    "other_type": (
        N_("{counter} serves another type of appointment ({type})."),
        N_("An appointment moves to a slot of its own type: rdv slot next --type …"),
    ),
    "appointment_over": (N_("The appointment {appointment} is over with: {status}."), N_("Assign a new one.")),
    "appointment_open": (
        N_("The appointment {appointment} has no outcome to take back."),
        N_("Only those that are cancelled, done or a no show have one."),
    ),
    "slot_gone": (
        N_("The slot of the appointment {appointment} is no more: {start}, {counter}."),
        N_("Assign another one: rdv slot next."),
    ),
    "not_expected": (
        N_("Nobody is expected for the appointment {appointment}: {status}."),
        N_("Only for planned appointments is it said that someone is here."),
    ),
    "not_today": (
        N_("The appointment {appointment} is on {start}, not today."),
        N_("To serve the person today, change the slot: rdv appointment move."),
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
    "sign_in_slowed": (
        N_("Too many attempts to sign in have failed."),
        N_("Wait until {until}, then try again, or ask an administrator for a new password."),
    ),
    "file_exists": (N_("{path} exists already."), N_("Choose another name, or move it away.")),
    "program_missing": (
        N_("{program} was not found."),
        N_("Install the client programs of PostgreSQL, not older than the server: apt install postgresql-client."),
    ),
    "database_there": (
        N_("{database} holds a database already."),
        N_("Keep a copy of it with rdv db backup, then say --force to have it replaced."),
    ),
    "database_not_empty": (
        N_("{database} is not empty."),
        N_("Copy to a database that does not exist yet, or is empty."),
    ),
    "not_a_backup": (
        N_("{path} is not a whole backup of a {kind} database of rdv."),
        N_("Give a file that rdv db backup has made of such a database."),
    ),
    "notice_sent": (N_("The message {notice} has been sent, or is being sent."), N_("Nothing has to be done.")),
    "not_confirmed": (N_("Nothing was changed."), N_("Answer yes, or give --yes.")),
    # another agent or citizen was faster
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
    "search_taken": (
        N_("You have already saved « {label} » from this list."),
        N_("Choose another name, or give --replace."),
    ),
    "code_taken": (N_("The code {code} is in use."), N_("Leave it out: the next one is given.")),
    # not allowed
    "right_missing": (N_("{agent} lacks the right for « {what} »: {rights}."), N_("Ask an administrator for it.")),
    "service_missing": (
        N_("{agent} belongs to no service of « {type} »."),
        N_("Ask an administrator, or an agent of that service."),
    ),
    "sign_in_failed": (
        N_("These are not the login and the password of an agent."),
        N_("Type them again, or ask an administrator for a password: rdv agent password {login!s}."),
    ),
    "service_of_others": (
        N_("{agent} does not belong to the service « {service} »."),
        N_("Save the search for a service of your own, or for yourself alone."),
    ),
    "search_of_another": (
        N_("« {label} » was saved by {author}."),
        N_("Ask {author} to remove it, or an administrator."),
    ),
    "agent_unknown": (
        N_("{agent!r} is not an agent here."),
        N_("Set RDV_AGENT to your login, or ask an administrator: rdv agent add."),
    ),
    # nothing has this reference
    "not_found": (N_("There is no {kind} {ref!r}."), N_("Close to it: {close}.")),
    "no_slot": (N_("{counter} has no slot at {start}."), N_("Nearest that day: {close}.")),
    # for citizens
    "citizens_only": (N_("« {what} » is for citizens, not for {actor}."), N_("Use the portal.")),
    "sign_in_needed": (N_("You are not signed in."), N_("Sign in, then try again.")),
    "sign_in_wrong": (
        N_("The e-mail address or the password is not right."),
        N_("Try again, or ask for a link by e-mail: it needs no password."),
    ),
    "link_used": (N_("This link has been used already."), N_("Ask for a new one.")),
    "code_wrong": (N_("This code is not the one that was sent."), N_("Type it again, or ask for a new one.")),
    "code_expired": (N_("This code has had its time."), N_("Ask for a new one.")),
    "account_there": (N_("Your account is there already."), N_("Sign in.")),
    "account_upcoming": (N_("Appointments are still to come."), N_("Cancel them first, so that nobody waits for you.")),
    "email_taken": (N_("Another account has this address."), N_("Sign in with it, or give another.")),
    "password_wrong": (N_("The current password is not right."), N_("Type it again.")),
    "password_long": (N_("The password is too long."), N_("Keep it to {most} characters.")),
    "remark_long": (N_("The message is too long."), N_("Keep it to {most} characters.")),
    "too_often": (N_("That was tried too often."), N_("Try again in {minutes} minutes.")),
    "no_slot_there": (N_("There is no slot at {start}."), N_("Choose another.")),
    "just_taken": (N_("Somebody has just taken the slot of {start}."), N_("Choose another: here are the nearest.")),
    "outside_window": (N_("The slot of {start} cannot be booked online."), N_("Choose one that is shown, or call us.")),
    "too_many_upcoming": (
        N_("You have {most} upcoming slots for « {type} » already, which is the most."),
        N_("Validate them, give one back, or cancel one first."),
    ),
    "nothing_held": (N_("You hold no slot."), N_("Choose one first.")),
    "hold_lost": (
        N_("The time to validate has run out: {starts}."),
        N_("Nothing was booked. Choose again: here are the nearest."),
    ),
    "too_late": (
        N_("It is too late to change the appointment of {start} online."),
        N_("Call us: online, that can be done until {hours} hours before."),
    ),
    "form_stale": (N_("This page is too old to be sent."), N_("Check what it shows, then send it again.")),
    "form_wrong": (N_("Something is missing or cannot be in what was sent."), N_("Go back and try again.")),
    "too_large": (N_("That is too much at once."), N_("Send less.")),
    "no_page": (N_("There is no such page."), N_("Begin again from the first page.")),
    "internal_portal": (N_("Something unexpected happened."), N_("Nothing was written. Try again in a moment.")),
    "identity_refused": (
        N_("The identity service did not let you in: {problem}."),
        N_("Try again, or sign in with your e-mail address."),
    ),
    "changed_since": (
        N_("{agent} has changed this appointment since."),
        N_("Open it to see what it is now."),
    ),
    "no_slot_today": (N_("No free slot is left today at these counters."), N_("Choose another day in the calendar.")),
    "two_files": (N_("Merging takes two files."), N_("Mark two files with the space bar, then merge them.")),
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
    "database_rights": (
        N_("The account of the database {database} may not do this: {problem}."),
        N_("Use the account that owns the tables, or give each face its rights anew: examples/postgresql/roles.sql."),
    ),
    "database_damaged": (
        N_("The database {database} gave an error: {problem}."),
        N_("Run rdv db check and keep a copy of the file."),
    ),
    "database_wrong": (
        N_("The database holds what must never be: {count} findings."),
        N_("Keep a copy of it (rdv db backup) and report them."),
    ),
    # findings of the doctor
    "portal_here": (
        N_("{address} leads to this machine, and messages leave it: they say nothing of the portal."),
        N_("Set RDV_PORTAL_URL to the address that citizens use, or to nothing where there is no portal."),
    ),
    "mail_unreachable": (
        N_("Mail cannot leave by {url}: {problem}."),
        N_("Correct RDV_MAIL_URL: smtp://host:25 or file:FOLDER."),
    ),
    "sms_url": (N_("RDV_SMS_URL is no Apprise address."), N_("Write one such as octopush://…, or leave it out.")),
    "sms_failed": (N_("The SMS cannot leave: {problem}."), N_("Check RDV_SMS_URL: rdv doctor.")),
    "outbox_late": (
        N_("{count} messages are due, the oldest since {since}."),
        N_("Start rdv worker, which sends them; look at rdv notification list --status waiting."),
    ),
    "outbox_parked": (
        N_("{count} messages could not be sent and are parked."),
        N_("See why: rdv notification list --status parked; then rdv notification retry."),
    ),
    "template": (
        N_("The template {name} cannot be used: {problem}."),
        N_("Correct it in the folder of RDV_TEMPLATES, or take it out of there."),
    ),
    "backup_failed": (N_("The copy {path} could not be made: {problem}."), N_("Check the room and the rights there.")),
    "restore_failed": (N_("{database} could not be restored: {problem}."), N_("It is as it was before.")),
    "copy_differs": (
        N_("The table {table} of {database} is not what was copied."),
        N_("Nothing was written. Please report it."),
    ),
    "internal": (N_("Something unexpected happened: {problem}."), N_("Nothing was written. Please report it.")),
}
