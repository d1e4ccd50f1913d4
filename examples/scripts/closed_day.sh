#!/bin/sh
# Close a place for a day, and move its appointments to the nearest free slots, all at once.
#
#   closed_day.sh PLACE DAY LABEL           show whom it would affect; write nothing
#   closed_day.sh --yes PLACE DAY LABEL     close the place and move the appointments
#
#   closed_day.sh --yes "Mairie principale" 2027-06-11 "Power cut"
#
# The agent needs the right `module` for the closure, and `appointments` with the services of the types. Appointments
# that have no other slot stay in the list « to reschedule », and their citizens are invited to choose again.
#
# Exit code: 0 if everyone was placed, 1 if some were not, 2 for wrong usage, or the code of the first rdv command that
# fails (docs/administrators.md). After a failure, `rdv reschedule apply` finishes what the closure began.
set -eu

confirmed=no
if [ "${1-}" = "--yes" ]; then
    confirmed=yes
    shift
fi
if [ $# -ne 3 ]; then
    echo "usage: $0 [--yes] PLACE DAY LABEL" >&2
    exit 2
fi
place=$1 day=$2 label=$3

if [ "$confirmed" = no ]; then
    exec rdv closure add "$label" --place "$place" --from "$day" --dry-run
fi

rdv closure add "$label" --place "$place" --from "$day" --yes
rdv reschedule apply --place "$place" --from "$day" --to "$day" --yes

left=$(rdv appointment list --view to-reschedule --place "$place" --from "$day" --to "$day" --json)
if [ "$left" != "[]" ]; then
    rdv appointment list --view to-reschedule --place "$place" --from "$day" --to "$day"
    exit 1
fi
