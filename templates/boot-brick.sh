# Mounts a brick's file system unless a file system is mounted at its mount point, and checks the mounted file system's
# UUID.
# Set before: uuid, target, unit.
# shellcheck shell=sh disable=SC2154
if ! findmnt -n -M "$target" >/dev/null; then
    # Without blkid's cache, which remembers disks that are gone.
    devices=$(blkid -c /dev/null -t "UUID=$uuid" -o device || :)
    [ -n "$devices" ] || { echo "no device holds the file system $uuid" >&2; exit 1; }
    start_mount "$unit" "$target" || { unit_errors "$unit"; exit 1; }
fi
holds "$target" "$uuid" || { echo "$wrong" >&2; exit 1; }
