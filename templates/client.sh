# has_client PATH: whether a process of GlusterFS serves the mount at the path; the path is the last word of the process's
# command line. unmount_dead PATH: unmounts a volume whose client is gone, after a last look: if the kernel says anything
# else, or a client runs, the mount stays.
# Set before: nothing.
# shellcheck shell=sh disable=SC2013
has_client() {
    # names without white space
    for file in $(grep -lsxzF -e "$1" /proc/[0-9]*/cmdline); do
        [ "$(cat "${file%cmdline}comm" 2>/dev/null)" != glusterfs ] || return 0
    done
    return 1
}
unmount_dead() {
    answer=$(LC_ALL=C timeout 5 stat -Lf "$1" 2>&1 >/dev/null || :)
    case $answer in
    *"not connected"*)
        if ! has_client "$1"; then
            umount -l "$1"
            return
        fi
        ;;
    esac
    echo "A client of $1 may live ($answer). Nothing was unmounted." >&2
    return 1
}
