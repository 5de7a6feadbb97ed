# Checks that the device is the physical volume of this very brick, and zeroes all the places by which it could be recognised.
# Set before: physical (the UUID).
# shellcheck shell=sh disable=SC2154
now="$(blkid -p -s TYPE -o value "$node") $(blkid -p -s UUID -o value "$node")"
[ "$now" = "LVM2_member $physical" ] || changed "it holds $now"
zero_places
