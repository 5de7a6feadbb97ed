# Prints the bricks that have no process.
# Set before: bricks.
# shellcheck shell=sh disable=SC2154
printf '%s\n' "$bricks" | grep -vxF -e '' -e "$(running_bricks)" || :
