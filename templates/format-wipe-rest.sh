# Wipes the signatures that are not at the ends of the device, and makes the kernel forget the partitions.
# Set before: device.
# shellcheck shell=sh disable=SC2154
wipefs -q -a "$node"
partx -d "$node" 2>/dev/null || :
found=$(wipefs -n -p "$node")
[ -z "$found" ] || { echo "$device still holds $found" >&2; exit 1; }
