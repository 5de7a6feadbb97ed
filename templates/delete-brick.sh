# Deletes the directory of a brick with all of its files, after the brick's volume was deleted.
# Set before: volume, id, uuid, target, brick, dashed (the id with dashes).
# shellcheck shell=sh disable=SC2154
[ -d "$brick" ] || exit 0
is_brick "$volume" "$id" "$uuid" "$target" "$brick" || {
    echo "$wrong; left alone" >&2
    exit 1
}
! grep -sqxF "volume-id=$dashed" /var/lib/glusterd/vols/*/info || {
    echo "glusterd still has the volume of $brick; left alone" >&2
    exit 1
}
rm -rf "$brick"
