# start_bricks VOLUME ID BRICKS: starts the volume's bricks on this node that have no process (their directories, a line
# each), if each is on the file system that /etc/fstab names (or else on the root file system) and belongs to the volume
# (see is_brick).
# Set before: nothing.
# shellcheck shell=sh disable=SC2154
start_bricks() {
    down=
    while IFS= read -r brick; do
        brick_runs "$brick" && continue
        # The directory is missing if the disk is lost: force has no directory to stamp, and leaves the brick down
        # (measured).
        [ -e "$brick" ] || continue
        line=$(brick_lines | brick=$brick awk 'index(ENVIRON["brick"] "/", $2 "/") == 1' | tail -n 1)
        # A brick that somebody else made may be on the root file system.
        [ -n "$line" ] || line="- /"
        is_brick "$1" "$2" "${line%% *}" "${line#* }" "$brick" || {
            echo "$wrong; the brick is left alone" >&2
            return 1
        }
        down="$down $brick"
    done <<EOF_BRICKS
$3
EOF_BRICKS
    [ -z "$down" ] || timeout 120 gluster --mode=script volume start "$1" force
}
