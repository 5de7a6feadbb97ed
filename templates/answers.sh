# answers: whether the volume's mount answers; the kernel answers neither question from its cache. client_errors: shows
# the last errors in the client's log.
# Set before: path, log.
# shellcheck shell=sh disable=SC2154
answers() {
    timeout 5 stat -f "$path" >/dev/null 2>&1 && timeout 5 find "$path" -maxdepth 0 -empty >/dev/null 2>&1
}
client_errors() { grep -hs '\] E \[' "$log" | tail -n 5 >&2; }
