# Makes the brick's file system. Without -f, mkfs.xfs refuses a device that holds a signature.
# Set before: uuid, label.
# shellcheck shell=sh disable=SC2154
mkfs.xfs -q -L "$label" -i size=512 -n size=8192 -m uuid="$uuid" "$device"
