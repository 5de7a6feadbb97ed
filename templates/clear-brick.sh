# Clears the directories and attributes that an interrupted `volume create` left on a brick, after checking again that
# the brick holds nothing else. The volume's id is removed last, so that an interrupted clearing is recognised, too.
# Set before: volume, id, uuid, target, brick, dashed (the id with dashes).
# shellcheck shell=sh disable=SC2154
changed() {
    echo "$brick is not as it was when it was looked at: $1; left alone" >&2
    exit 1
}
is_brick "$volume" "$id" "$uuid" "$target" "$brick" || changed "$wrong"
grep -sqxF "volume-id=$dashed" /var/lib/glusterd/vols/*/info && changed 'the volume is known'
found=$(find "$brick" -mindepth 1 ! -path "$brick/.glusterfs" ! -path "$brick/.glusterfs/*" -print -quit)
[ -z "$found" ] || changed "it holds $found"
found=$(find "$brick" ! -type d -print -quit)
[ -z "$found" ] || changed "it holds $found"
[ ! -e "$brick/.glusterfs" ] || find "$brick/.glusterfs" -depth -type d -exec rmdir {} +
setfattr -x trusted.gfid "$brick" 2>/dev/null || :
setfattr -x trusted.glusterfs.volume-id "$brick"
