# Holds the cluster's lock on this host for as long as a byte arrives every few seconds: neither a holder that was
# killed nor a holder whose machine lost power keeps the lock.
# Set before: file, holder, steps.
# shellcheck shell=sh disable=SC2154
error=$({ : >>"$file" && command -v flock >/dev/null; } 2>&1) || {
    printf '%s\n' "${error:-there is no program flock}" | head -n 1
    exit 0
}
exec 9>>"$file"
if ! flock -n 9; then
    echo "held by $(cat "$file")"
    exit 0
fi
printf '%s\n' "$holder" >"$file"
# A command of a holder that was killed may still be at work: the new holder waits for the end of that command.
flock -n "$steps" true 9>&- || { echo waiting; flock -w 1800 "$steps" true 9>&- || exit 1; }
echo taken
while [ -n "$(timeout 30 head -c 1 9>&-)" ]; do :; done
: >"$file"
