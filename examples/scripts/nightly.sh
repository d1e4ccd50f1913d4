#!/bin/sh
# Send what is due, and leave a report of the appointments that need a new slot.
#
#   nightly.sh REPORT.csv
#
# Reminders are made and sent with everything else that waits. The report is replaced as a whole: a reader finds the
# new one or the one of yesterday. Without a permanent worker, let cron run this script; with one, it only adds the
# report. RDV_DATABASE and the other settings come from the environment or from rdv.toml.
#
# Exit code: 0, or 2 for wrong usage, or the code of the first rdv command that fails (docs/administrators.md).
set -eu

if [ $# -ne 1 ]; then
    echo "usage: $0 REPORT.csv" >&2
    exit 2
fi
report=$1
draft="$report.draft.csv"
trap 'rm -f "$draft"' EXIT

rdv worker --once
rdv export appointments "$draft" --view to-reschedule --force
mv "$draft" "$report"
rdv appointment counts
