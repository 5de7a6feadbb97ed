# answers: whether the volume's mount answers; the kernel answers neither question from its cache. client_errors: shows
# the last errors in the client's log, each once, without the time: the same failure reads the same each time.
# Set before: path, log.
# shellcheck shell=sh disable=SC2154
answers() {
    timeout 5 stat -f "$path" >/dev/null 2>&1 && timeout 5 find "$path" -maxdepth 0 -empty >/dev/null 2>&1
}
client_errors() { sed -n 's/^\[[^]]*\] \(E \[\)/\1/p' "$log" 2>/dev/null | tail -n 5 | awk '!said[$0]++' >&2; }
