# Checks that the device holds no signature that blkid or wipefs knows, and that all samples of the device are zeros.
# Set before: nothing.
# shellcheck shell=sh disable=SC2154
status=0
blkid -p "$device" >/dev/null || status=$?
[ "$status" = 2 ] || changed "$(blkid -p "$device")"
found=$(wipefs -n -p "$device")
[ -z "$found" ] || changed "it holds $found"
blank "$device" "$bytes" || changed "it is not empty"
