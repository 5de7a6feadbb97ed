# Moves a volume's definition aside that keeps glusterd from starting.
# Set before: nothing.
# shellcheck shell=sh
set_aside
