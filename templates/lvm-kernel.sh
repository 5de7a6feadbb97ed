# Checks that LVM can make thin pools on this host, before anything is changed.
# Set before: device.
# shellcheck shell=sh disable=SC2154
modprobe -q dm_thin_pool 2>/dev/null || :
dmsetup targets 2>/dev/null | grep -q '^thin-pool ' || {
    echo "the kernel of this host ($(uname -r)) has no device-mapper with thin pools, which lvm: thin needs." \
        "Nothing was done to $device." >&2
    exit 1
}
