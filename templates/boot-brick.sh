# mount_brick IDENTITY PATH: mounts a brick's file system unless a file system is mounted at the path, and checks which file
# system is mounted (see holds).
# Set before: nothing.
# shellcheck shell=sh disable=SC2154
mount_brick() {
    if ! findmnt -n -M "$2" >/dev/null; then
        case $1 in
        /*) [ -b "$1" ] || { echo "the thin volume $1 is not there (lvs shows whether it is active)" >&2; return 1; } ;;
        *)
            # Without blkid's cache, which remembers disks that are gone.
            devices=$(blkid -c /dev/null -t "UUID=$1" -o device || :)
            [ -n "$devices" ] || { echo "no device holds the file system $1" >&2; return 1; }
            ;;
        esac
        # systemctl takes the path for the path's mount unit.
        start_mount "$2" "$2" || { unit_errors "$2"; return 1; }
    fi
    holds "$2" "$1" || { echo "$wrong" >&2; return 1; }
}
