# Makes the directories of volumes on a brick's file system, and on no other file system.
# Set before: target, uuid (or - for any), directories.
# shellcheck shell=sh disable=SC2154,SC2086
holds "$target" "$uuid" || { echo "$wrong" >&2; exit 1; }
mkdir -p $directories
