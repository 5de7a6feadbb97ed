# Gives glusterd its old identity and its old peers back, unless a peer is still connected to a glusterd with that
# identity: then the identity is another machine's.
# Set before: uuid, version (the operating version of the cluster, if known), peers (a line each: UUID and names), state
# (of an accepted peer).
# shellcheck shell=sh disable=SC2154
set -f
systemctl stop glusterd 2>/dev/null || :
info=/var/lib/glusterd/glusterd.info
if grep -qs '^UUID=' "$info"; then
    echo "glusterd got an identity meanwhile: $(cat "$info"). Nothing was changed." >&2
    exit 1
fi
# What each peer that answers says of the glusterd with that UUID: Connected or Disconnected. A peer needs a moment to
# notice that glusterd was stopped.
said() {
    printf '%s\n' "$peers" | while read -r _ name _; do
        # `gluster` looks for an IPv4 address of a name, and takes an IPv6 address (measured with 10.3).
        at=$(getent "ahostsv${six:-4}" "$name" | sed 's/ .*//;q')
        timeout 5 gluster --mode=script --remote-host="${at:-$name}" pool list </dev/null 2>/dev/null |
            awk -v uuid="$uuid" '$1 == uuid { print $NF }'
    done | sort -u
}
tries=30
while answer=$(said) && [ "$answer" != Disconnected ]; do
    tries=$((tries - 1))
    if [ "$tries" = 0 ]; then
        echo "It is not sure that no glusterd $uuid runs elsewhere: its peers say \"$answer\". Nothing was changed." >&2
        exit 1
    fi
    sleep 1
done
[ -n "$version" ] || version=$(glusterd --version | awk 'NR == 1 { print int($2) * 10000 }')
made identity glusterd
mkdir -p /var/lib/glusterd/peers
umask 077
printf 'UUID=%s\noperating-version=%s\n' "$uuid" "$version" >"$info"
while read -r peer names; do
    [ -n "$peer" ] || continue
    number=0
    {
        printf '%s\n' "uuid=$peer" "state=$state"
        for name in $names; do
            number=$((number + 1))
            printf '%s\n' "hostname$number=$name"
        done
    } >"/var/lib/glusterd/peers/$peer"
done <<EOF
$peers
EOF
sync
