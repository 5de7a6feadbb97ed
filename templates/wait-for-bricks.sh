# wait_for_bricks: waits up to 10 s for the process of each brick. Bricks start a moment after their glusterd, or not at
# all while no other server is connected: the next round sees a brick that still has no process.
# Set before: bricks.
# shellcheck shell=sh disable=SC2154
wait_for_bricks() {
    while IFS= read -r brick; do
        tries=100
        until [ -z "$brick" ] || brick_runs "$brick" || [ "$tries" = 0 ]; do sleep 0.1; tries=$((tries - 1)); done
    done <<EOF
$bricks
EOF
}
