# unmarked_holds PATH: the names of up to three files that a file system holds, or why nobody knows; nothing if it is empty but for
# lost+found.
# Set before: nothing.
# shellcheck shell=sh
unmarked_holds() {
    for place in "$1" "$1/lost+found"; do
        [ ! -d "$place" ] || ls -AqU "$place" 2>&1 || echo "(unreadable)"
    done | grep -vxF lost+found | head -n 3 | paste -sd ' ' -
}
