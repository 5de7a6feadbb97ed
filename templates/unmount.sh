# users PATH: names the programs that use the file system at the path; fails if no program does. unmount_idle PATH:
# unmounts the file system at the path, if one is mounted there and nothing uses it. Otherwise the file system stays, and
# the programs that use it are named.
# Set before: nothing.
# shellcheck shell=sh
users() (
    cd /proc || return
    # Links to what each process has as its directories, its program, its open files and its mapped files.
    find [0-9]*/cwd [0-9]*/root [0-9]*/exe [0-9]*/fd [0-9]*/map_files -maxdepth 1 -type l -printf '%p %l\n' 2>/dev/null |
        while IFS= read -r link; do
            case ${link#* } in
            "$1" | "$1"/*) printf '%s\n' "${link%%/*}" ;;
            esac
        done | sort -nu | {
        found=
        while read -r process; do
            echo "process $process ($(cat "$process/comm")) uses $1" >&2
            found=yes
        done
        [ -n "$found" ]
    }
)
unmount_idle() {
    grep -qF " $1 " /proc/self/mountinfo || return 0
    # A program that waits for an answer of a volume keeps the mount busy and has no file open there. FUSE lets nobody end
    # such a request; glusterfs was seen to answer after 60 s.
    tries=65
    while ! refused=$(umount "$1" 2>&1); do
        named=$(users "$1" 2>&1) || named=
        if [ -n "$named" ] || [ "$tries" = 0 ] || [ "${refused%busy*}" = "$refused" ]; then
            printf '%s\n' "$refused" ${named:+"$named"} >&2
            return 1
        fi
        tries=$((tries - 1))
        sleep 1
    done
}
