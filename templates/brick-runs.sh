# running_bricks: prints the directory of each brick on this host that has a process. brick_runs DIRECTORY: whether that
# brick has one. glusterd notes the process of each brick in a file, also if bricks share a process
# (cluster.brick-multiplex), whose command line names only the first. The file outlives a process that was killed.
# Set before: nothing.
# shellcheck shell=sh
running_bricks() (
    for definition in /var/lib/glusterd/vols/*/bricks/*; do
        # The brick kube1:-bricks-vdb-gv0 has the file kube1-bricks-vdb-gv0.pid.
        volume=${definition%/bricks/*}
        brick=${definition##*/}
        file=/run/gluster/vols/${volume##*/}/${brick%%:-*}-${brick#*:-}.pid
        [ -s "$file" ] || continue
        [ "$(cat "/proc/$(cat "$file")/comm" 2>/dev/null)" = glusterfsd ] || continue
        sed -n 's/^path=//p' "$definition"
    done
)
brick_runs() { running_bricks | grep -qxF -e "$1"; }
