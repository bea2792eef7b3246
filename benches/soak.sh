#!/usr/bin/env bash
# Mixed traffic for a long time: is memory flat, and is nothing left behind?
#
#   benches/soak.sh [MINUTES]        (30 if not given)
#
# At once, and with 3 % of all datagrams lost at SIPp's side: 40 calls a second, 20 registrations
# with digest, 10 calls that ring a telephone and are cancelled, and ten datagrams that are no
# messages, or torture. Memory is sampled every five seconds after the first quarter, at the earliest after
# two minutes; its slope is that of the least squares. At the end the traffic stops for the longest life of a transaction, and the
# server is told to end: it must know no call, no session and no transaction any more.
#
# Fails if memory grows by more than 100 kB a minute, if something is left, or if more than 1 % of
# the calls fail. Needs sipp (Debian: sip-tester).
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-30}
. benches/load.sh
start 500 ""
seconds=$((minutes * 60))

load() { # name, scenario, port, rate, more options
  local name=$1 scenario=$2 at=$3 rate=$4; shift 4
  sipp_start "$name" "$scenario" -p "$at" -mp $((at + 2)) -r "$rate" -m $((rate * seconds)) "$@"
}
users 10001 10001 > "$work/ringing.csv"
sipp_run registered register -inf "$work/ringing.csv" -p "$((port + 100))" -m 1
users 10002 10500 > "$work/users.csv"
# The telephone that rings is where its registration came from.
sipp_start ringing ringing -p $((port + 100)) -lost 3; ringing=${loads[-1]}
load calls silent_call "$port" 40 -s 200 -d 2000 -l 4000 -lost 3
load registers register $((port + 10)) 20 -inf "$work/users.csv" -l 2000 -lost 3
load cancels cancelled_call $((port + 20)) 10 -s 300 -d 700 -l 2000 -lost 3
(
  shopt -s nullglob
  torture=(crates/sip/tests/data/rfc4475/*.sip)
  for ((i = 0; i < seconds * 5; i++)); do
    head -c $((RANDOM % 1400)) /dev/urandom > "/dev/udp/127.0.0.1/${address##*:}" || true
    cat "${torture[i % ${#torture[@]}]}" > "/dev/udp/127.0.0.1/${address##*:}" || true
    sleep 0.2
  done
) 2>/dev/null & loads+=($!)

begin=$SECONDS
while [ $((SECONDS - begin)) -lt "$seconds" ]; do
  echo "$((SECONDS - begin)) $(rss_kb)" >> "$work/memory"
  sleep 5
done
for process in "${loads[@]}"; do
  [ "$process" = "$ringing" ] || wait "$process" || true
done
sleep 70          # what is cancelled at the end may ring out, and transactions live for 32 s
kill "$ringing" 2>/dev/null || true
kill "$server"; wait "$server" || { echo "the server failed" >&2; exit 1; }
server=; loads=()

from=$((seconds / 4)); [ "$from" -ge 120 ] || from=120
left=$(grep '"draining"' "$work/told" | tail -n 1)
number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" <<< "$left"; }
slope=$(awk -v from="$from" '$1 >= from { n++; x += $1; y += $2; xx += $1 * $1; xy += $1 * $2; last = $2 }
  END { d = n * xx - x * x; printf "%.1f %.0f %d", d ? 60 * (n * xy - x * y) / d : 0, y / n, n }' "$work/memory")
read -r slope mean samples <<< "$slope"
failed=0
for name in calls registers cancels; do
  made=$(column $name 'TotalCallCreated') bad=$(column $name 'FailedCall(C)')
  printf '%-10s %9d made, %d failed, %d repeated\n' "$name" "$made" "$bad" "$(column $name 'Retransmissions(C)')"
  awk -v m="$made" -v b="$bad" 'BEGIN { exit !(m == 0 || b > m / 100) }' && failed=1
done
printf 'memory     %.1f MB, slope %s kB a minute (%s samples of %s minutes)\n' \
  "$(calculate %.1f "$mean / 1024")" "$slope" "$samples" "$minutes"
printf 'left       %s calls, %s sessions, %s transactions\n' "$(number calls)" "$(number sessions)" "$(number transactions)"
[ "$(number calls)$(number sessions)$(number transactions)" = 000 ] || { echo "something is left" >&2; failed=1; }
awk -v s="$slope" 'BEGIN { exit !(s > 100) }' && { echo "memory grows" >&2; failed=1; }
exit $failed
