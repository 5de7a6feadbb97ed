# holds PATH UUID: whether the file system with that UUID is mounted at the path; "-" stands for any UUID. If not,
# `wrong` says why.
# Set before: nothing.
# shellcheck shell=sh disable=SC2034
holds() {
    wrong="no file system is mounted at $1"
    device=$(findmnt -n -o SOURCE -M "$1" | tail -n 1)
    [ -n "$device" ] || return 1
    [ "$2" != - ] || return 0
    wrong="$device, a snapshot, is mounted at $1 instead of its origin"
    number=$(findmnt -n -o MAJ:MIN -M "$1" | tail -n 1 | tr -d ' ')
    # A snapshot of LVM has the UUID of its origin.
    ! grep -qs -e '^LVM-.*-cow$' /sys/dev/block/"$number"/slaves/*/dm/uuid || return 1
    wrong="$device is mounted at $1, and is not the file system $2"
    [ "$(blkid -p -s UUID -o value "$device")" = "$2" ]
}
