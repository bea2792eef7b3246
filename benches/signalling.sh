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
#   calls     memory of an established call without sound: the slope from 1,000 to 9,900
#
# Without names all of them are measured. --write puts the table into
# docs/measurements/ua-signalling.md. Needs sipp (Debian: sip-tester), and files: `ulimit -n` 16,000.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
write=
[ "${1-}" != --write ] || { write=docs/measurements/ua-signalling.md; shift; }
tests=${*:-call register rate limit bindings calls}
ulimit -n "$(ulimit -Hn)"
if [ -z "${CENTRALA-}" ]; then
  cargo build --locked --release --quiet
  CENTRALA=${CARGO_TARGET_DIR:-target}/release/centrala
fi
work=$(mktemp -d)
server= load=
finish() {
  for process in $load $server; do kill "$process" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

people=500
password=correct-horse

office() { # settings of the company
  local sentence text number
  sentence="Our widgets are made of solid brass, in three sizes, and are delivered within two days. "
  text=$(for _ in $(seq 20); do printf '%s' "$sentence"; done)
  cat <<TOML
[company]
name = "Load"
language = "en"
operator = "group desk"
$1
[[entry]]
number = "200"
go = "announcement first"
[group.desk]
members = ["10001"]
ring = "at-once"
otherwise = "mailbox desk"
[mailbox.desk]
[announcement.first]
say = "$text"
then = "announcement second"
[announcement.second]
say = "$text"
then = "announcement third"
[announcement.third]
say = "$text"
then = "mailbox desk"
[[trunk]]
name = "telco"
addresses = ["192.0.2.1"]
numbers = ["200"]
TOML
  for number in $(seq 10001 $((10000 + people))); do
    printf '[[person]]\nname = "P%s"\nextension = "%s"\n' "$number" "$number"
  done
}

# Everybody's password, hashed as `centrala passwd` would; one process hashes them all.
passwords() {
  local number
  mkdir -p "$work/hash"
  for number in $(seq 10001 $((10000 + people))); do
    printf '%s:centrala:%s' "$number" "$password" > "$work/hash/$number"
  done
  (cd "$work/hash" && printf '%s\0' * | xargs -0 md5sum) \
    | awk '{ print $2 ":centrala:MD5:" $1 }' > "$work/passwords"
  rm -r "$work/hash"
}

users() { # first, last: an injection file
  echo SEQUENTIAL
  seq "$1" "$2" | awk -v p="$password" '{ print $1 ";[authentication username=" $1 " password=" p "]" }'
}

start() { # number of people, settings of the company, more options
  local settings=$2
  people=$1; shift 2
  [ -z "$server" ] || stop
  rm -rf "$work/data"; mkdir -p "$work/data"
  passwords
  cp "$work/passwords" "$work/data/passwords"
  office "$settings" > "$work/office.toml"
  port=$((33000 + RANDOM % 20000))
  ${PROFILER-} "$CENTRALA" serve "$work/office.toml" --listen 127.0.0.1:0 --data "$work/data" --json \
    --rtp-ports 10000-32000 --trunk "telco=127.0.0.1" "$@" > "$work/told" 2> "$work/log" &
  server=$!
  for _ in $(seq 600); do grep -qs listening "$work/told" && break; sleep 0.1; done
  address=$(sed -n 's/.*"address":"\([^"]*\)".*/\1/p' "$work/told" | head -n 1)
  [ -n "$address" ] || { cat "$work/log" >&2; exit 1; }
}
stop() { kill "$server"; wait "$server" 2>/dev/null || true; server=; }

tick=$(getconf CLK_TCK)
cpu_ms() { sed 's/^.*) //' "/proc/$server/stat" | awk -v t="$tick" '{ print ($12 + $13) * 1000 / t }'; }
rss_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$server/status"; }

sipp_run() { # scenario, more options
  local scenario=$1; shift
  (cd "$work" && TERM=xterm timeout 400 sipp "$address" -sf "$root/benches/sipp/$scenario.xml" \
    -s 200 -i 127.0.0.1 -mi 127.0.0.1 -nostdin -buff_size 4194304 -trace_stat -stf "$work/stat.csv" \
    -fd 1 "$@" > "$work/sipp" 2>&1)
}
# The value of a column at the end of the last run.
column() {
  awk -F';' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i } END { print $at + 0 }' \
    "$work/stat.csv"
}
must() { "$@" || { tail -n 40 "$work/sipp" "$work/log" >&2; exit 1; }; }
calls() { # rate, number, stay in ms
  sipp_run silent_call -p "$port" -mp "$((port + 2))" -r "$1" -m "$2" -l "$2" -d "$3"
}
registers() { # injection file, rate, number
  sipp_run register -p "$((port + 4))" -inf "$1" -r "$2" -m "$3" -l 2000
}
calculate() { awk "BEGIN { printf \"$1\", $2 }"; }

rows=
row() { # what, gate, goal, measured
  rows+="| $1 | $2 | $3 | $4 |"$'\n'
  printf '%-70s %-12s %-12s %s\n' "$@"
}

measure_call() {
  local before after
  start 500 ""
  must calls 200 1000 0                  # warm: everything was rendered and allocated once
  before=$(cpu_ms); must calls 300 9000 0; after=$(cpu_ms)
  row "call without sound (9,000 at 300 a second), CPU-ms" "0.25" "0.10" \
    "$(calculate %.3f "($after - $before) / 9000")"
}

measure_register() {
  local before after
  start 500 ""
  users 10001 10500 > "$work/users.csv"
  must registers "$work/users.csv" 400 2000
  before=$(cpu_ms); must registers "$work/users.csv" 400 12000; after=$(cpu_ms)
  row "registration with digest (12,000 at 400 a second), CPU-ms" "0.12" "0.05" \
    "$(calculate %.3f "($after - $before) / 12000")"
}

measure_rate() {
  local rate before after
  for rate in 1000 2000; do
    start 500 ""
    must calls 200 1000 0
    before=$(cpu_ms); calls "$rate" $((rate * 20)) 0 || true; after=$(cpu_ms)
    row "$rate calls a second for 20 s: failed, repeated; CPU-ms a call" \
      "$([ "$rate" = 1000 ] && echo "0, 0")" "$([ "$rate" = 2000 ] && echo "0, 0")" \
      "$(column 'FailedCall(C)'), $(column 'Retransmissions(C)'); $(calculate %.3f "($after - $before) / ($rate * 20)")"
  done
}

measure_limit() {
  local limit=200
  start 500 "" --calls-per-second "$limit"
  must calls "$limit" "$limit" 0; sleep 2
  must calls $((2 * limit)) $((2 * limit * 20)) 0
  row "400 calls a second offered where 200 are admitted, 20 s: answered of those admitted; refused with 503; failed" \
    "90 %" "" "$(calculate '%.1f %%' "100 * $(column 'GenericCounter1(C)') / ($limit * 20)"); $(column 'GenericCounter2(C)'); $(column 'FailedCall(C)')"
}

measure_bindings() {
  local few many
  start 10000 ""
  users 10001 11000 > "$work/users.csv"
  must registers "$work/users.csv" 400 14000   # as many transactions at once as later
  sleep 35
  few=$(rss_kb)
  users 11001 20000 > "$work/users.csv"
  must registers "$work/users.csv" 400 9000
  sleep 35
  many=$(rss_kb)
  row "idle registration, slope of RSS from 1,000 to 10,000, kB" "4" "2" \
    "$(calculate %.2f "($many - $few) / 9000")"
}

measure_calls() {
  local few many first
  start 500 ""
  must calls 300 11000 0                 # as many transactions at once as later
  held 1000
  few=$(rss_kb); first=$load
  port=$((port + 10)); held 8900
  many=$(rss_kb)
  row "established call without sound, slope of RSS from 1,000 to 9,900, kB" "20" "12" \
    "$(calculate %.2f "($many - $few) / 8900")"
  kill "$first" "$load"; wait "$first" "$load" 2>/dev/null || true; load=
}
# So many more calls that stay, and the time in which their transactions are forgotten.
held() {
  calls 300 "$1" 300000 & load=$!
  sleep $(($1 / 300 + 36))
  kill -0 "$load" || { tail -n 40 "$work/sipp" "$work/log" >&2; exit 1; }
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
