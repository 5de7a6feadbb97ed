# Checks that each brick is an empty directory on its own mounted file system, and that neither the directory nor a
# directory above is a brick of a volume: `volume create … force` and `volume add-brick … force` check
# none of that.
# Set before: bricks (a line each: the file system's UUID or - for any, the mount point, and the directory).
# shellcheck shell=sh disable=SC2154
refuse() {
    echo "$1; the volume was not changed" >&2
    exit 1
}
while read -r uuid target brick; do
    holds "$target" "$uuid" || refuse "$wrong"
    [ -d "$brick" ] || refuse "$brick is no directory"
    found=$(findmnt -n -o TARGET --target "$brick")
    [ "$found" = "$target" ] || refuse "$brick is not on the file system mounted at $target"
    [ "$brick" != "$target" ] || refuse "$brick is a mount point itself"
    found=$(find "$brick" -mindepth 1 -print -quit)
    [ -z "$found" ] || refuse "$brick holds $found"
    above=$brick
    while [ "$above" != / ]; do
        for name in trusted.glusterfs.volume-id trusted.gfid; do
            ! getfattr -n "$name" --absolute-names "$above" >/dev/null 2>&1 || refuse "$above is a brick of a volume already ($name)"
        done
        above=${above%/*}
        above=${above:-/}
    done
done <<EOF_BRICKS
$bricks
EOF_BRICKS
