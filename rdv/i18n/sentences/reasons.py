"""Reasons, as the end of a sentence, by the code that an error carries as `why`."""

from rdv.i18n.sentences.mark import N_

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
    # why an appointment gets no new slot
    "appointment_over": N_("it is over with, or there is none of this number"),
    "no_counter": N_("no counter serves its type"),
    "no_free_slot": N_("no free slot of its type within two years"),
    "other_type": N_("the counter serves another type, or is gone"),
    # rules of a declared town hall
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
