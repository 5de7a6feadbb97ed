# Mounts a brick's file system, and says whether it is the right one. Set before: uuid, target, unit.
# shellcheck shell=sh disable=SC2154
if ! findmnt -n -M "$target" >/dev/null; then
    # Not from blkid's cache: that remembers disks that are gone.
    devices=$(blkid -c /dev/null -t "UUID=$uuid" -o device || :)
    [ -n "$devices" ] || { echo "no device holds the file system $uuid" >&2; exit 1; }
    if [ -d /run/systemd/system ]; then
        systemctl reset-failed "$unit" 2>/dev/null || :
        systemctl start "$unit"
    else
        mount "$target"
    fi
fi
source=$(findmnt -n -o SOURCE -M "$target" | tail -n 1)
[ "$(blkid -p -s UUID -o value "$source")" = "$uuid" ] || {
    echo "$source is mounted there, and is not the file system $uuid" >&2
    exit 1
}
