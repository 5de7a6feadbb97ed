# Clears away what a volume left in the directory of a brick that the volume does not have any more: directories and what
# Gluster kept for itself. A directory that holds files keeps everything, under another name.
# Set before: volume, id, uuid, target, brick, late (yes: the volume does not have the files that the brick holds).
# shellcheck shell=sh disable=SC2154
[ -d "$brick" ] || exit 0
is_brick "$volume" "$id" "$uuid" "$target" "$brick" || {
    echo "$wrong; left alone" >&2
    exit 1
}
is_listed() {
    own=$(sed -n 's/^UUID=//p' /var/lib/glusterd/glusterd.info)
    for definition in /var/lib/glusterd/vols/*/bricks/*; do
        grep -qsxF "uuid=$own" "$definition" && grep -qsxF "path=$brick" "$definition" && return 0
    done
    return 1
}
# glusterd ends the process of a removed brick a moment later.
tries=50
while brick_runs "$brick" || is_listed; do
    tries=$((tries - 1))
    [ "$tries" != 0 ] || { echo "$brick is still a brick of volume $volume, or still has a process; left alone" >&2; exit 1; }
    sleep 0.2
done
found=$(held_file "$brick")
if [ -z "$found" ]; then
    rm -rf "$brick"
else
    case $late in yes) kept=$brick.late ;; *) kept=$brick.left ;; esac
    aside=$kept
    number=1
    while [ -e "$aside" ]; do number=$((number + 1)); aside=$kept-$number; done
    mv "$brick" "$aside"
    [ "$late" = no ] || {
        echo "a file came onto the brick after the last look, and volume $volume does not have it: $found. The files of the brick \
are kept in $aside: copy them into the volume, and delete $aside" >&2
        exit 1
    }
    echo "the files that the brick holds are kept in $aside"
fi
