# Makes the brick's file system. Without -f, mkfs.xfs refuses a device that holds a signature; with -K, mkfs.xfs does not
# discard the whole device first, which takes hours on some large devices. Then udev is asked to look
# at the device again: udev notices by itself only what is written through the nodes that udev made, and without udev's
# notice no mount of the new UUID begins.
# Set before: uuid, label, geometry (options about a RAID).
# shellcheck shell=sh disable=SC2154,SC2086
mkfs.xfs -q -K -L "$label" -i size=512 -n size=8192 $geometry -m uuid="$uuid" "$node"
echo change 2>/dev/null >"$sys/uevent" || :
