# Says what names of hosts resolve to on this host, what ports of other hosts answer, and on which of its own ports this
# host listens. Everything is asked at once, and no question takes longer than 4 s. Changes nothing.
# Set before: names (of other hosts), targets (NAME ADDRESS PORT, a line each), ports (of this host).
# shellcheck shell=sh disable=SC2154,SC2016
set +e

# resolve NAME: the exit status of getent, and the addresses.
resolve() {
    found=$(timeout 4 getent "ahostsv${six:-4}" "$1")
    status=$?
    printf 'name %s %s %s\n' "$1" "$status" "$(printf '%s\n' "$found" | awk '{ printf "%s ", $1 }')"
}

# connect NAME ADDRESS PORT: the exit status of the attempt, and the last words of bash. 124 means no answer.
connect() {
    said=$(timeout 4 bash -c ': </dev/tcp/"$1"/"$2"' bash "$2" "$3" 2>&1)
    status=$?
    printf 'port %s %s %s %s\n' "$1" "$3" "$status" "${said##*: }"
}

# listens PORT: whether a program listens on the port (state 0A in the kernel's tables).
listens() {
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$1" -v end="$(printf ':%04X' "$1")" '
        $4 == "0A" && substr($2, length($2) - 4) == end { found = 1 }
        END { print "listens", port, found ? "yes" : "no" }'
}

{
    for name in $names; do
        resolve "$name" &
    done
    for port in $ports; do
        listens "$port" &
    done
    while read -r name address port; do
        [ -z "$name" ] || connect "$name" "$address" "$port" &
    done <<END
$targets
END
} | cat
