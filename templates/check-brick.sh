# Checks a brick without a process before Gluster is forced to start the brick.
# `named` is the brick in the words of the command line, HOST:BRICK.
# Set before: volume, id, uuid, target, brick, named.
# shellcheck shell=sh disable=SC2154
is_brick "$volume" "$id" "$uuid" "$target" "$brick" || {
    echo "$wrong; bring its file system back, or, if it is lost: glusterctl replace $named" >&2
    exit 1
}
