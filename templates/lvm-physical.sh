# Makes the device a physical volume with the brick's own UUID: an interrupted making is recognised by the UUID. Without
# -y, and without an answer on standard input, pvcreate refuses a device that holds a signature.
# Set before: physical (the UUID), alignment (KiB).
# shellcheck shell=sh disable=SC2154
export LVM_SUPPRESS_FD_WARNINGS=1
pvcreate --uuid "$physical" --norestorefile --dataalignment "${alignment}k" "$disk" </dev/null
