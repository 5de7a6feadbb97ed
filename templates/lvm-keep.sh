# Keeps the device open, but not exclusively: while a device is open, the kernel gives neither the device's number nor the
# kernel's name of the device to another device. LVM finds devices by the names in /dev, and does not look at names that
# begin with a dot, as `node` does.
# Set before: number.
# shellcheck shell=sh disable=SC2154
disk=/dev/$(basename "$sys" | tr ! /)
exec 8<"$node"
now=$(stat -Lc '0x%t 0x%T' "$disk")
[ "$((${now% *})):$((${now#* }))" = "$number" ] || changed "$disk stands for another device"
