# Moves the definition of an incomplete volume aside, because the definition keeps glusterd from starting.
# Set before: nothing.
# shellcheck shell=sh
set_aside
