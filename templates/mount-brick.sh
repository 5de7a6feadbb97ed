# Mounts a brick's file system.
# Set before: unit, target.
# shellcheck shell=sh disable=SC2154
start_mount "$unit" "$target" || { unit_errors "$unit"; exit 1; }
