#!/usr/bin/env bash
# What signalling costs: the server's own CPU time and memory, with SIPp as the load, on loopback.
#
#   benches/signalling.sh [--write] [call] [register] [rate] [limit] [bindings] [calls]
#
#   call      CPU time of a call without sound: INVITE, 200, ACK, BYE, 200
#   register  CPU time of a registration with digest: two transactions
#   rate      1,000 and 2,000 calls a second for 20 s: failures and retransmissions
#   limit     calls at twice the rate that is admitted: how many are answered, what the others hear
#   bindings  memory of an idle registration: the slope from 1,000 to 10,000
#   calls     memory of an established call without sound: the slope from 1,000 to 9,800
#
# Without names all of them are measured. --write puts the table into
# docs/measurements/ua-signalling.md. Needs sipp (Debian: sip-tester), and files: `ulimit -n` 16,000.
set -euo pipefail
cd "$(dirname "$0")/.."
write=
[ "${1-}" != --write ] || { write=docs/measurements/ua-signalling.md; shift; }
tests=${*:-call register rate limit bindings calls}
. benches/load.sh

must() { "$@" || { tail -n 40 "$work"/*.out "$work/log" >&2; exit 1; }; }
calls() { # rate, number, stay in ms
  sipp_run calls silent_call -s 200 -p "$port" -mp "$((port + 2))" -r "$1" -m "$2" -l "$2" -d "$3"
}
registers() { # injection file, rate, number
  sipp_run registers register -p "$((port + 4))" -inf "$1" -r "$2" -m "$3" -l 2000
}

rows=
row() { # what, gate, goal, measured
  rows+="| $1 | $2 | $3 | $4 |"$'\n'
  printf '%-70s %-12s %-12s %s\n' "$@"
}

measure_call() {
  local before after
  start 500 ""
  must calls 200 1000 0                  # warm: everything was rendered and allocated once
  before=$(cpu_ms); must calls 300 9000 0; after=$(cpu_ms)   # quiet: it sleeps between them
  row "call without sound (9,000 at 300 a second), CPU-ms" "0.25" "0.10" \
    "$(calculate %.3f "($after - $before) / 9000")"
}

measure_register() {
  local before after
  start 500 ""
  users 10001 10500 > "$work/users.csv"
  must registers "$work/users.csv" 400 2000
  before=$(cpu_ms); registers "$work/users.csv" 400 12000 || true; after=$(cpu_ms)
  row "registration with digest (12,000 at 400 a second), CPU-ms; failed" "0.12" "0.05" \
    "$(calculate %.3f "($after - $before) / 12000"); $(column registers 'FailedCall(C)')"
}

measure_rate() {
  local rate before after
  for rate in 1000 2000; do
    start 500 ""
    must calls 200 1000 0
    before=$(cpu_ms); calls "$rate" $((rate * 20)) 0 || true; after=$(cpu_ms)
    row "$rate calls a second for 20 s: failed, repeated; CPU-ms a call" \
      "$([ "$rate" = 1000 ] && echo "0, 0")" "$([ "$rate" = 2000 ] && echo "0, 0")" \
      "$(column calls 'FailedCall(C)'), $(column calls 'Retransmissions(C)'); $(calculate %.3f "($after - $before) / ($rate * 20)")"
  done
}

measure_limit() {
  local limit=200
  start 500 "" --calls-per-second "$limit"
  must calls "$limit" "$limit" 0; sleep 2
  must calls $((2 * limit)) $((2 * limit * 20)) 0
  row "400 calls a second offered where 200 are admitted, 20 s: answered of those admitted; refused with 503; failed" \
    "90 %" "" "$(calculate '%.1f %%' "100 * $(column calls 'answered(C)') / ($limit * 20)"); $(column calls 'refused(C)'); $(column calls 'FailedCall(C)')"
}

# Memory is read while SIP holds as many transactions in both states: the same load goes on. So
# neither room that is free in the heap, nor transactions, count for what is measured.
measure_bindings() {
  local few many
  start 10000 ""
  users 10001 11000 > "$work/users.csv"
  must registers "$work/users.csv" 400 16000
  few=$(rss_kb)
  users 11001 20000 > "$work/users.csv"
  must registers "$work/users.csv" 400 9000
  users 10001 20000 > "$work/users.csv"
  must registers "$work/users.csv" 400 16000
  many=$(rss_kb)
  row "idle registration, slope of RSS from 1,000 to 10,000, kB" "4" "2" \
    "$(calculate %.2f "($many - $few) / 9000")"
}

measure_calls() {
  local few many
  start 500 "" --calls 10500
  held 1000; must calls 300 11000 0
  few=$(rss_kb)
  port=$((port + 10))
  held 8800; must calls 300 11000 0
  many=$(rss_kb)
  row "established call without sound, slope of RSS from 1,000 to 9,800, kB" "20" "12" \
    "$(calculate %.2f "($many - $few) / 8800")"
  kill "${loads[@]}"; wait "${loads[@]}" 2>/dev/null || true; loads=()
}
held() { # number: so many more calls that stay
  sipp_start "held-$1" silent_call -s 200 -p $((port + 20)) -mp $((port + 22)) -r 300 -m "$1" \
    -l "$1" -d 300000
  sleep $(($1 / 300 + 2))
  kill -0 "${loads[-1]}" || { tail -n 40 "$work"/*.out "$work/log" >&2; exit 1; }
}

for test in $tests; do "measure_$test"; done

if [ -n "$write" ]; then
  {
    printf '# Signalling through `centrala serve`\n\n'
    printf '%s, SIPp on the same machine (%s), offices with 500 people (10,000 where bindings are counted), UDP on loopback.\n' \
      "$(date +%Y-%m-%d)" "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | sort | uniq -c | sed 's/^ *\([0-9]*\) /\1 x /')"
    printf 'CPU time is that of the whole server, in user and in system mode. Made by `benches/signalling.sh --write`.\n\n'
    printf '| what | gate | goal | measured |\n| --- | ---: | ---: | ---: |\n%s' "$rows"
  } > "$write"
fi
