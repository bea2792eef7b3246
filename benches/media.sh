#!/usr/bin/env bash
# What sound costs: the server's own CPU time and memory, with SIPp as the load, on loopback.
#
#   benches/media.sh [--write] [prompt] [bridge] [record] [pace]
#
#   prompt  100 and 1,000 callers who hear an announcement
#   bridge  100 and 500 callers who speak with a telephone that sends back what it hears
#   record  100 and 500 callers who leave a message
#   pace    1,000 and 2,000 callers who hear an announcement, the media thread on one core: late packets
#
# Without names all of them are measured. CPU time is of ten seconds in which nothing begins or ends; memory is the slope
# of RSS between the two numbers. --write puts the table into docs/measurements/media.md. Needs sipp
# (Debian: sip-tester), and files: `ulimit -n` 8,000.
set -euo pipefail
cd "$(dirname "$0")/.."
write=
[ "${1-}" != --write ] || { write=docs/measurements/media.md; shift; }
tests=${*:-prompt bridge record pace}
cargo build --locked --release --quiet -p centrala-benches --bin rtp_party
party=$PWD/target/release/rtp_party
[ -z "${CARGO_TARGET_DIR-}" ] || party=$CARGO_TARGET_DIR/release/rtp_party
. benches/load.sh
window=10
sound=$((54000 + RANDOM % 1000))

rows=
row() { # what, gate, goal, measured
  rows+="| $1 | $2 | $3 | $4 |"$'\n'
  printf '%-70s %-8s %-8s %s\n' "$@"
}
field() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$work/$2.json"; }

# So many calls at once: CPU time for each of them, and memory. Those that were there before have ended.
level() { # name, number, scenario, seconds before it is steady, kind of party, more options of sipp
  local name=$1 number=$2 scenario=$3 settle=$4 kind=$5 before after; shift 5
  local steady=$((number / 100 + settle))
  port=$((port + 10)); sound=$((sound + 1))
  "$party" "$kind" "127.0.0.1:$sound" "$steady" "$window" > "$work/$name.json" & loads+=($!)
  local ear=${loads[-1]}
  [ "$scenario" != speaking_call ] || "$party" tone "$work/sound.ul"
  sipp_start "$name" "$scenario" -key sound_port "$sound" -p "$port" -mp $((port + 2)) \
    -r 100 -m "$number" -l "$number" -d $(((steady + window + 3) * 1000)) "$@"
  local calls=${loads[-1]}
  sleep "$steady"
  before=$(cpu_ms); sleep "$window"; after=$(cpu_ms); rss=$(rss_kb)
  wait "$ear" || true
  wait "$calls" || { tail -n 40 "$work/$name.out" "$work/log" >&2; exit 1; }
  unset 'loads[-1]' 'loads[-1]'
  share=$(calculate %.4f "($after - $before) / 10 / $window / $number")
  sleep 1
}

slope() { calculate %.1f "($1 - $2) / ($3 - $4)"; }

measure_prompt() {
  local few
  start 500 "" --calls 4000
  level prompt 100 listening_call 3 sink -s 200; few=$rss
  level prompt 1000 listening_call 3 sink -s 200
  row "hearing a prompt, 1,000 calls, % of a core each" "0.04" "0.02" "$share"
  row "hearing a prompt, slope of RSS from 100 to 1,000 calls, kB" "30" "15" "$(slope "$rss" "$few" 1000 100)"
}

measure_bridge() {
  local few
  start 500 "" --calls 4000
  users 10001 10001 > "$work/one.csv"
  local telephone=$((port + 900))
  sipp_run registered register -inf "$work/one.csv" -p "$telephone" -m 1
  for number in 100 500; do
    sipp_start "telephone-$number" answering -key sound_port $((sound + 1)) -p "$telephone" \
      -mp $((telephone + 2))
    level bridge "$number" speaking_call 3 echo -s 300
    [ "$(field streams bridge)" = "$number" ] || { echo "not all were bridged" >&2; exit 1; }
    kill "${loads[-1]}"; wait "${loads[-1]}" 2>/dev/null || true; unset 'loads[-1]'
    [ "$number" = 500 ] || few=$rss
  done
  row "bridged, same codec, 500 calls, % of a core each" "0.08" "0.045" "$share"
  row "bridged, slope of RSS from 100 to 500 calls, kB" "60" "30" "$(slope "$rss" "$few" 500 100)"
}

measure_record() {
  local few
  start 500 "" --calls 4000
  level record 100 speaking_call 10 sink -s 300; few=$rss
  level record 500 speaking_call 10 sink -s 300
  row "recording, 500 calls, % of a core each" "0.04" "0.02" "$share"
  row "recording, slope of RSS from 100 to 500 calls, kB" "" "" "$(slope "$rss" "$few" 500 100)"
  local kept
  kept=$(grep -c '"event":"message"' "$work/told" || true)
  [ "$kept" = 600 ] || { echo "$kept of 600 messages were kept" >&2; exit 1; }
}

measure_pace() {
  local number
  start 500 "" --calls 4000
  for number in 1000 2000; do
    level pace "$number" listening_call 3 sink -s 200
    row "$number calls hearing prompts: packets later than 5 ms; lost" \
      "$([ "$number" = 1000 ] && echo "0.5 %")" "$([ "$number" = 2000 ] && echo "0.1 %")" \
      "$(calculate '%.3f %%' "100 * $(field late pace) / $(field packets pace)"); $(field lost pace)"
  done
}

for test in $tests; do "measure_$test"; done

if [ -n "$write" ]; then
  {
    printf '# Sound through `centrala serve`\n\n'
    printf '%s, SIPp and the far end of the sound on the same machine (%s), an office with 500 people, G.711 in packets of 20 ms,\nUDP on loopback. ' \
      "$(date +%Y-%m-%d)" "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | sort | uniq -c | sed 's/^ *\([0-9]*\) /\1 x /')"
    printf 'CPU time is that of the whole server, in user and in system mode. Made by `benches/media.sh --write`.\n\n'
    printf '| what | gate | goal | measured |\n| --- | ---: | ---: | ---: |\n%s' "$rows"
    cat <<'TEXT'

- The floor that the kernel sets on this machine: 0.0115 % of a core for a call that is played to (a `sendto` of 172 octets takes
  2.3 µs), 0.028 % for one that is bridged.
- Late packets are measured by whoever receives them, in user mode, after waiting for its turn on the same two cores; what it
  has lost was lost at its one socket, to which all streams come.
TEXT
  } > "$write"
fi
