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
cargo build --locked --release --quiet
binary=${CARGO_TARGET_DIR:-target}/release/centrala
work=$(mktemp -d)
server=
finish() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"; }
trap finish EXIT

sentence="Our widgets are made of solid brass, in three sizes, and are delivered within two days. "
text=$(for _ in $(seq 14); do printf '%s' "$sentence"; done)
cat > "$work/office.toml" <<TOML
[company]
name = "Load"
language = "en"
operator = "group desk"
[[entry]]
number = "200"
go = "announcement long"
[[person]]
name = "Nobody"
extension = "101"
[group.desk]
members = ["101"]
ring = "at-once"
otherwise = "mailbox desk"
[mailbox.desk]
[announcement.long]
say = "$text"
then = "mailbox desk"
[[trunk]]
name = "telco"
addresses = ["192.0.2.1"]
numbers = ["200"]
TOML
port=$((20000 + RANDOM % 20000))
"$binary" serve "$work/office.toml" --listen 127.0.0.1:0 --data "$work/data" --json \
  --trunk "telco=127.0.0.1:$port" > "$work/told" 2> "$work/log" &
server=$!
for _ in $(seq 100); do grep -qs listening "$work/told" && break; sleep 0.1; done
address=$(sed -n 's/.*"address":"\([^"]*\)".*/\1/p' "$work/told" | head -n 1)
[ -n "$address" ] || { cat "$work/log" >&2; exit 1; }

tick=$(getconf CLK_TCK)
cpu_ms() { sed 's/^.*) //' "/proc/$server/stat" | awk -v t="$tick" '{ print ($12 + $13) * 1000 / t }'; }
rss_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$server/status"; }
calls() { # rate, number, stay in ms
  (cd "$work" && TERM=xterm timeout 120 sipp "$address" -sf "$OLDPWD/benches/sipp/short_call.xml" \
    -s 200 -i 127.0.0.1 -mi 127.0.0.1 -p "$port" -mp "$((port + 2))" -r "$1" -m "$2" -l "$2" \
    -d "$3" -nostdin > "$work/sipp" 2>&1) || { tail -n 40 "$work/sipp" >&2; exit 1; }
}

calls 50 200 20                       # warm: everything was rendered and allocated once
before=$(cpu_ms); calls 200 3000 20; after=$(cpu_ms)
awk -v a="$before" -v b="$after" \
  'BEGIN { printf "answered call (3,000 at 200 a second):     %.3f CPU-ms\n", (b - a) / 3000 }'

sleep 2
empty=$(rss_kb)
calls 50 "$playing" 30000 &
load=$!
sleep $((playing / 50 + 4))
before=$(cpu_ms); sleep 10; after=$(cpu_ms); full=$(rss_kb)
awk -v a="$before" -v b="$after" -v n="$playing" -v e="$empty" -v f="$full" 'BEGIN {
  printf "hearing a prompt (%d calls, 10 s):         %.4f %% of a core per call\n", n, (b - a) / 100 / n
  printf "memory of a call that hears a prompt:      %.1f kB\n", (f - e) / n }'
wait "$load"
