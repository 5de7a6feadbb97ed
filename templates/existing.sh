# Looks at a server of a cluster that exists already, and changes nothing. The output is divided into sections, which
# src/facts/existing.rs parses.
# Set before: mark (begins a section's line).
# shellcheck shell=sh disable=SC2154
set +e

section() { printf '\n%s %s\n' "$mark" "$*"; }

section host
who
section fstab
cat /etc/fstab
show_mounts
section file_systems
sources | while read -r _ device; do
    echo "$(number "$device") $(blkid -c /dev/null -p -s UUID -o value "$device")"
done
# A glusterd without an identity would get one by the first question.
if grep -q '^UUID=' /var/lib/glusterd/glusterd.info 2>/dev/null && command -v gluster >/dev/null; then
    section pool
    timeout 20 gluster --mode=script --xml pool list 2>&1
    section volumes
    timeout 20 gluster --mode=script --xml volume info all 2>&1
fi
section addresses
# The names of the peers and of the bricks' hosts, with the addresses that this server knows.
{
    sed -n 's/^hostname[0-9]*=//p' /var/lib/glusterd/peers/*
    sed -n 's/^hostname=//p' /var/lib/glusterd/vols/*/bricks/*
} 2>/dev/null | sort -u | while read -r name; do
    { getent ahostsv4 "$name" || getent ahostsv6 "$name"; } | sed -n "1s|[[:space:]].*|=$name|p"
done
section end
