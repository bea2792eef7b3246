# What benches/*.sh have in common: an office under the load of SIPp. To be sourced from the
# repository's root.
#
# `start PEOPLE SETTINGS OPTIONS…` makes an office of so many people with extensions from 10001 on,
# and serves it; calls from 127.0.0.1 are the telephone company's. 200 is answered by an
# announcement of some minutes, 300 rings the person 10001.
root=$PWD
ulimit -n "$(ulimit -Hn)"
if [ -z "${CENTRALA-}" ]; then
  cargo build --locked --release --quiet
  CENTRALA=${CARGO_TARGET_DIR:-target}/release/centrala
fi
work=$(mktemp -d)
server=
loads=()
finish() {
  for process in ${loads[@]+"${loads[@]}"}; do kill "$process" 2>/dev/null || true; done
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    sleep 0.2
    kill "$server" 2>/dev/null || true      # the second time it leaves its calls alone
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap finish EXIT

people=
password=correct-horse

office() { # settings
  local sentence text number
  sentence="Our widgets are made of solid brass, in three sizes, and are delivered within two days. "
  text=$(for _ in $(seq 20); do printf '%s' "$sentence"; done)
  cat <<TOML
[company]
name = "Load"
language = "en"
operator = "group desk"
[[entry]]
number = "200"
go = "announcement first"
[[entry]]
number = "300"
go = "person 10001"
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
numbers = ["200", "300"]
$1
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
    | awk '{ print $2 ":centrala:MD5:" $1 }' > "$work/data/passwords"
  rm -r "$work/hash"
}

users() { # first, last: an injection file
  echo SEQUENTIAL
  seq "$1" "$2" | awk -v p="$password" '{ print $1 ";[authentication username=" $1 " password=" p "]" }'
}

start() { # number of people, more settings, more options
  local settings=$2
  people=$1; shift 2
  [ -z "$server" ] || stop
  rm -rf "$work/data"; mkdir -p "$work/data"
  passwords
  office "$settings" > "$work/office.toml"
  "$CENTRALA" serve "$work/office.toml" --listen 127.0.0.1:0 --data "$work/data" --json \
    --rtp-ports 10000-32000 --trunk "telco=127.0.0.1" "$@" > "$work/told" 2> "$work/log" &
  server=$!
  for _ in $(seq 600); do grep -qs listening "$work/told" && break; sleep 0.1; done
  address=$(grep -s listening "$work/told" | grep -o '127\.0\.0\.1:[0-9]*' | head -n 1)
  [ -n "$address" ] || { cat "$work/log" >&2; exit 1; }
  port=$((33000 + RANDOM % 20000))
}
stop() { kill "$server"; wait "$server" 2>/dev/null || true; server=; }

tick=$(getconf CLK_TCK)
cpu_ms() { sed 's/^.*) //' "/proc/$server/stat" | awk -v t="$tick" '{ print ($12 + $13) * 1000 / t }'; }
rss_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$server/status"; }

sipp_start() { # name of its files, scenario, more options; its process becomes the last of loads
  local name=$1 scenario=$2; shift 2
  (cd "$work" && TERM=xterm exec sipp "$address" -sf "$root/benches/sipp/$scenario.xml" \
    -i 127.0.0.1 -mi 127.0.0.1 -nostdin -buff_size 4194304 -trace_stat -stf "$work/$name.csv" \
    -fd 1 "$@" > "$work/$name.out" 2>&1) & loads+=($!)
}
sipp_run() { # the same, until it ends
  local status=0
  sipp_start "$@"
  wait "${loads[-1]}" || status=$?
  unset 'loads[-1]'
  return $status
}
column() { # name of the files, column: its value at the end of the run
  awk -F';' -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i } END { if (!at) exit 1; print $at + 0 }' \
    "$work/$1.csv"
}
calculate() { awk "BEGIN { printf \"$1\", $2 }"; }
