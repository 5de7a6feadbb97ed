# Deletes the directory of a brick with all that the directory holds, after a last look: the brick is on its file system,
# carries the id of the volume that was deleted, and has no process.
# Set before: volume, id, uuid, target, brick, dashed (the id with dashes).
# shellcheck shell=sh disable=SC2154
[ -d "$brick" ] || exit 0
is_brick "$volume" "$id" "$uuid" "$target" "$brick" || { echo "$wrong; nothing was deleted" >&2; exit 1; }
if grep -sqxF "volume-id=$dashed" /var/lib/glusterd/vols/*/info || brick_runs "$brick"; then
    echo "$brick still belongs to volume $volume; nothing was deleted" >&2
    exit 1
fi
rm -rf --one-file-system "$brick"
