# Checks that the device holds no signature that blkid or wipefs knows, and that all samples of the device are zeros.
# Set before: bytes.
# shellcheck shell=sh disable=SC2154
status=0
blkid -p "$node" >/dev/null || status=$?
[ "$status" = 2 ] || changed "$(blkid -p -o export "$node" | sed '/^DEVNAME=/d' | tr '\n' ' ')"
found=$(wipefs -n -p "$node")
[ -z "$found" ] || changed "it holds $found"
blank "$node" "$bytes" || changed "it is not empty"
