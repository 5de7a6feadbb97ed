# wait_for_bricks: waits up to 10 s for each of the bricks. Bricks come up a moment after their glusterd, or not at
# all while it is alone: a brick that is still missing after the wait is for the next round to see.
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
