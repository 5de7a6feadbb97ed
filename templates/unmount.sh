# users PATH: names the programs that use the file system at the path; fails if no program does. unmount_idle PATH:
# unmounts the file system at the path, if one is mounted there and nothing uses it. Otherwise the file system stays, and
# the programs that use it are named.
# Set before: nothing.
# shellcheck shell=sh
users() {
    found=
    for process in /proc/[0-9]*; do
        for file in "$process/cwd" "$process/root" "$process"/fd/*; do
            case $(readlink "$file" 2>/dev/null) in
            "$1" | "$1"/*)
                echo "process ${process#/proc/} ($(cat "$process/comm")) uses $1" >&2
                found=yes
                break
                ;;
            esac
        done
    done
    [ -n "$found" ]
}
unmount_idle() {
    grep -qF " $1 " /proc/self/mountinfo || return 0
    if umount "$1"; then return; fi
    users "$1" || :
    return 1
}
