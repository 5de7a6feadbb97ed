# unmount_idle PATH: unmounts the file system at the path, if one is mounted there and nothing uses it. Otherwise the file
# system stays, and the programs that use it are named.
# Set before: nothing.
# shellcheck shell=sh
unmount_idle() {
    grep -qF " $1 " /proc/self/mountinfo || return 0
    if umount "$1"; then return; fi
    for process in /proc/[0-9]*; do
        for file in "$process/cwd" "$process/root" "$process"/fd/*; do
            case $(readlink "$file" 2>/dev/null) in
            "$1" | "$1"/*)
                echo "process ${process#/proc/} ($(cat "$process/comm")) uses $1" >&2
                break
                ;;
            esac
        done
    done
    return 1
}
