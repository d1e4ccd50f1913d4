#!/bin/sh
# Prepare a year: close on its public holidays, and keep open the counters that would end with the year before.
#
#   new_year.sh YEAR [COUNTRY]
#
#   new_year.sh 2028 FR
#
# Run it again after a failure: holidays that exist are left alone, and counters that were extended are not touched.
# Appointments on a new holiday move to the list « to reschedule ». The agent needs the right `module` for the
# holidays, and `counters` with the services of the types.
#
# Exit code: 0, or 2 for wrong usage, or the code of the first rdv command that fails (docs/administrators.md).
set -eu

case "${1-}" in
    [0-9][0-9][0-9][0-9]) year=$1 ;;
    *)
        echo "usage: $0 YEAR [COUNTRY]" >&2
        exit 2
        ;;
esac
country=${2:-FR}

rdv closure holidays --country "$country" --year "$year" --yes

counters=$(rdv counter list --json)
ending=$(
    printf '%s' "$counters" | python3 -c '
import json, sys

last_day = f"{int(sys.argv[1]) - 1}-12-31"
print(*[counter["id"] for counter in json.load(sys.stdin) if counter["last_day"] == last_day])
' "$year"
)
for counter in $ending; do
    rdv counter set "$counter" --until "$year-12-31" --yes
done
