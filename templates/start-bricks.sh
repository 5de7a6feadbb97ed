# Starts a volume's bricks on this node that have no process, if each is on its file system and belongs to the volume.
# Set before: bricks (a line each: the file system's UUID, its mount point, the brick's directory; - and / for
# the UUID and the mount point of a file system that no line of /etc/fstab mounts before glusterd starts).
# shellcheck shell=sh disable=SC2154
down=
while read -r uuid target brick; do
    brick_runs "$brick" && continue
    # The directory is missing if the disk is lost: force has no directory to stamp, and leaves the brick down
    # (measured).
    [ -e "$brick" ] || continue
    is_brick "$uuid" "$target" "$brick" || { echo "$wrong; the brick is left alone" >&2; exit 1; }
    down="$down $brick"
done <<EOF
$bricks
EOF
[ -z "$down" ] || gluster --mode=script --xml volume start "$volume" force
