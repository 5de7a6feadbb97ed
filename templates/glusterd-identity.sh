# Gives glusterd its old identity and its old peers back.
# Set before: uuid, peers (a line each: UUID and names), state (of an accepted peer).
# shellcheck shell=sh disable=SC2154
set -f
systemctl stop glusterd 2>/dev/null || :
mkdir -p /var/lib/glusterd/peers
umask 077
printf 'UUID=%s\noperating-version=100000\n' "$uuid" >/var/lib/glusterd/glusterd.info
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
