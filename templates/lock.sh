# Holds the cluster's lock on this host for as long as a byte arrives every few seconds: neither an owner that was
# killed nor an owner whose machine lost power keeps the lock.
# Set before: file, owner, steps.
# shellcheck shell=sh disable=SC2154
exec 9>>"$file"
if ! flock -n 9; then
    echo "held by $(cat "$file")"
    exit 0
fi
printf '%s\n' "$owner" >"$file"
# A command of an owner that was killed may still be at work: its end is waited for.
flock -n "$steps" true 9>&- || { echo waiting; flock -w 1800 "$steps" true 9>&- || exit 1; }
echo taken
while [ -n "$(timeout 30 head -c 1 9>&-)" ]; do :; done
: >"$file"
