# holds PATH UUID: whether the file system with that UUID is mounted at the path; "-" stands for any UUID. If not,
# `wrong` says why.
# Set before: nothing.
# shellcheck shell=sh disable=SC2034
holds() {
    wrong="no file system is mounted at $1"
    device=$(findmnt -n -o SOURCE -M "$1" | tail -n 1)
    [ -n "$device" ] || return 1
    wrong="$device is mounted at $1, and is not the file system $2"
    [ "$2" = - ] || [ "$(blkid -p -s UUID -o value "$device")" = "$2" ]
}
