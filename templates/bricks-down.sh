# Prints the bricks that have no process.
# Set before: bricks.
# shellcheck shell=sh disable=SC2154
while IFS= read -r brick; do
    [ -z "$brick" ] || brick_runs "$brick" || printf '%s\n' "$brick"
done <<EOF
$bricks
EOF
