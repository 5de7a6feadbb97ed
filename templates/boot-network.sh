# Checks that this node can resolve the name of each peer, and has a route to the peer's address.
# Set before: names.
# shellcheck shell=sh disable=SC2154
for file in /var/lib/glusterd/peers/*; do
    [ -e "$file" ] && names="$names $(sed -n 's/^hostname1=//p' "$file")"
done
for name in $names; do
    # IPv4 first: a name may have an IPv6 address, too, that Gluster does not use.
    address=$({ getent ahostsv4 "$name" || getent ahostsv6 "$name"; } | awk '{ print $1; exit }')
    [ -n "$address" ] || { echo "the name $name is not known" >&2; exit 1; }
    command -v ip >/dev/null || continue
    ip route get "$address" >/dev/null 2>&1 || { echo "there is no way to $name, $address" >&2; exit 1; }
done
