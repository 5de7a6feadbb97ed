# wait_for_bricks: waits up to 10 s for the process of each brick. Bricks start a moment after their glusterd, or not at
# all while no other server is connected: the next round sees a brick that still has no process. Then waits up to 30 s until
# the bricks that have a process are online. A brick is online, for `volume status` and for clients that ask for its port, once
# its process has told glusterd that port: if glusterd just started, the process tries that every 3 s (measured with 10.3).
# Set before: bricks.
# shellcheck shell=sh disable=SC2154
wait_for_bricks() {
    while IFS= read -r brick; do
        tries=100
        until [ -z "$brick" ] || brick_runs "$brick" || [ "$tries" = 0 ]; do sleep 0.1; tries=$((tries - 1)); done
    done <<EOF
$bricks
EOF
    tries=150
    while late=$(offline_bricks) && [ -n "$late" ]; do
        if [ "$tries" = 0 ]; then
            echo "glusterd has not heard for 30 s from the process of the brick $late, so that the brick is not online: look at the \
brick's log in /var/log/glusterfs/bricks on this host, and run the same command again" >&2
            return 1
        fi
        sleep 0.2
        tries=$((tries - 1))
    done
}
# offline_bricks: prints those of the bricks that have a process from which glusterd has not heard. glusterd says so of its own
# bricks alone, and asks no other server; of a glusterd that says nothing, nothing is printed.
offline_bricks() (
    state=$(mktemp -d /run/glusterctl-state.XXXXXX)
    trap 'rm -rf "$state"' EXIT
    timeout 10 gluster --mode=script get-state glusterd odir "$state" file state >/dev/null 2>&1 || exit 0
    awk '/Brick[0-9]+\.path: / { brick = substr($0, index($0, ":/") + 1) }
        /Brick[0-9]+\.port_registered: 0$/ { print brick }' "$state/state" >"$state/offline"
    running_bricks | grep -xF -e "$bricks" | grep -xF -f "$state/offline" || :
)
