# Looks at a brick that Gluster has emptied, before the brick is taken out of its volume. If a file is on the brick,
# Gluster is told to stop, so that the next apply begins again.
# Set before: volume, id, uuid, target, brick, stop (the words of the gluster command that stops the removal).
# shellcheck shell=sh disable=SC2154
is_brick "$volume" "$id" "$uuid" "$target" "$brick" || {
    echo "$wrong" >&2
    exit 1
}
found=$(held_file "$brick")
[ -z "$found" ] || {
    echo "Gluster says that every file was moved, but the brick holds $found; nothing was taken out" >&2
    eval "gluster --mode=script $stop" >/dev/null || :
    exit 1
}
