#!/usr/bin/env bash
# What a call costs: the server's own CPU time and memory, with SIPp as the load, on loopback.
#
#   benches/baseline.sh [CALLS_HEARING_A_PROMPT]        (100 if not given)
#
# Prints: CPU-ms per answered call (INVITE, 200, ACK, BYE), CPU per call that hears a prompt in
# per cent of a core, and kilobytes per such call. Needs sipp (Debian: sip-tester).
set -euo pipefail
cd "$(dirname "$0")/.."
playing=${1:-100}
. benches/load.sh
start 1 ""

options() { # rate, number, stay in ms
  echo -s 200 -p "$port" -mp "$((port + 2))" -r "$1" -m "$2" -l "$2" -d "$3"
}
calls() {
  # shellcheck disable=SC2046
  sipp_run calls short_call $(options "$@") || { tail -n 40 "$work/calls.out" >&2; exit 1; }
}

calls 50 200 20                       # warm: everything was rendered and allocated once
before=$(cpu_ms); calls 200 3000 20; after=$(cpu_ms)
awk -v a="$before" -v b="$after" \
  'BEGIN { printf "answered call (3,000 at 200 a second):     %.3f CPU-ms\n", (b - a) / 3000 }'

sleep 2
empty=$(rss_kb)
# shellcheck disable=SC2046
sipp_start playing short_call $(options 50 "$playing" 30000)
sleep $((playing / 50 + 4))
before=$(cpu_ms); sleep 10; after=$(cpu_ms); full=$(rss_kb)
awk -v a="$before" -v b="$after" -v n="$playing" -v e="$empty" -v f="$full" 'BEGIN {
  printf "hearing a prompt (%d calls, 10 s):         %.4f %% of a core per call\n", n, (b - a) / 100 / n
  printf "memory of a call that hears a prompt:      %.1f kB\n", (f - e) / n }'
wait "${loads[-1]}"
loads=()
