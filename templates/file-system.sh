# holds PATH IDENTITY: whether the brick's file system is mounted at the path. The identity is the file system's UUID, or its mark
# if somebody else made it (see brick_mark); or the path of the brick's thin volume, whose snapshots have the same UUID; or "-",
# which stands for any file system. If not, `wrong` says why.
# Set before: nothing.
# shellcheck shell=sh disable=SC2034
holds() {
    wrong="no file system is mounted at $1"
    device=$(findmnt -n -o SOURCE -M "$1" | tail -n 1)
    [ -n "$device" ] || return 1
    [ "$2" != - ] || return 0
    [ "$(brick_mark "$1")" != "$2" ] || return 0
    number=$(findmnt -n -o MAJ:MIN -M "$1" | tail -n 1 | tr -d ' ')
    case $2 in
    /*)
        wrong="$device is mounted at $1, and is not the thin volume $2"
        found=$(stat -Lc '0x%t 0x%T' "$2" 2>/dev/null) || return 1
        [ "$((${found% *})):$((${found#* }))" = "$number" ]
        return
        ;;
    esac
    wrong="$device, a snapshot, is mounted at $1 instead of its origin"
    # A snapshot of LVM has the UUID of its origin.
    ! grep -qs -e '^LVM-.*-cow$' /sys/dev/block/"$number"/slaves/*/dm/uuid || return 1
    wrong="$device is mounted at $1, and is not the file system $2"
    [ "$(blkid -p -s UUID -o value "$device")" = "$2" ]
}
