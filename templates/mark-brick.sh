# Marks an empty file system that somebody else made and mounted as the brick's, after a last look.
# Set before: target, kind (the type of the file system), uuid (the brick's).
# shellcheck shell=sh disable=SC2154
changed() { echo "$target has changed since the plan was made: $1; nothing was marked" >&2; exit 1; }
now=$(findmnt -n -o FSTYPE -M "$target" | tail -n 1)
[ "$now" = "$kind" ] || changed "${now:-no file system} is mounted there"
now=$(brick_mark "$target" || :)
[ -z "$now" ] || changed "it is marked as $now"
now=$(unmarked_holds "$target" || :)
[ -z "$now" ] || changed "it holds $now"
setfattr -n trusted.glusterctl.brick -v "$uuid" "$target"
# On stable storage before a brick is made there.
sync -f "$target"
