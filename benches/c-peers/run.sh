#!/usr/bin/env bash
# Builds the driver against Debian's libosip2 and Sofia-SIP and prints its table; --write puts it into
# ../../docs/measurements/sip-c-peers.md.
set -euo pipefail
cd "$(dirname "$0")"
for package in libosip2 sofia-sip-ua; do
  pkg-config --exists "$package" || { echo "missing: apt-get install libosip2-dev libsofia-sip-ua-dev" >&2; exit 2; }
done
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
# shellcheck disable=SC2046
"${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -o "$build/bench" bench.c $(pkg-config --cflags --libs libosip2 sofia-sip-ua)
table=$(
  cat <<HEAD
# SIP messages: peers in C

$(date -u +%F), libosip2 $(pkg-config --modversion libosip2), Sofia-SIP $(pkg-config --modversion sofia-sip-ua),
\`cc -O2\`, 31 interleaved rounds over \`benches/corpus\`. Ratios are those of a round's time to that of the memchr floor
over the same messages, just before and after. The floor is glibc's \`memchr\`, which is quicker to call than that of
the memchr crate: scale by the two floors' own times before a comparison with \`sip-peers.md\`.
Made by \`benches/c-peers/run.sh --write\`.

HEAD
  "$build/bench" ../corpus
)
echo "$table"
[ "${1:-}" != --write ] || echo "$table" >../../docs/measurements/sip-c-peers.md
