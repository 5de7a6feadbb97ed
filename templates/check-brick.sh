# Checks a brick without a process before Gluster is forced to start the brick.
# Set before: volume, id, uuid, target, brick.
# shellcheck shell=sh disable=SC2154
is_brick "$volume" "$id" "$uuid" "$target" "$brick" || {
    echo "$wrong; bring its file system back, or replace the brick" >&2
    exit 1
}
