# Clears what an interrupted `volume create` left on a brick. Everything is looked at again first. The volume's id
# goes last, so that a clearing that is interrupted is recognised, too.
# Set before: uuid, target, brick, dashed (the id with dashes).
# shellcheck shell=sh disable=SC2154
changed() {
    echo "$brick is not as it was when it was looked at: $1; left alone" >&2
    exit 1
}
is_brick "$uuid" "$target" "$brick" || changed "$wrong"
grep -sqxF "volume-id=$dashed" /var/lib/glusterd/vols/*/info && changed 'the volume is known'
found=$(find "$brick" -mindepth 1 ! -path "$brick/.glusterfs" ! -path "$brick/.glusterfs/*" -print -quit)
[ -z "$found" ] || changed "it holds $found"
found=$(find "$brick" ! -type d -print -quit)
[ -z "$found" ] || changed "it holds $found"
[ ! -e "$brick/.glusterfs" ] || find "$brick/.glusterfs" -depth -type d -exec rmdir {} +
setfattr -x trusted.gfid "$brick" 2>/dev/null || :
setfattr -x trusted.glusterfs.volume-id "$brick"
