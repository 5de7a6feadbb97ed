# new_file PATH: makes `new`, an empty file beside the file at the path. replace_file PATH: puts the new file in its
# place, with its owner and mode: a crash leaves the old file or the new one, never a part of either.
# Set before: nothing.
# shellcheck shell=sh
new_file() {
    [ -e "$1" ] || : >"$1"
    new=$(mktemp "$1.glusterctl.XXXXXX")
    trap 'rm -f "$new"' EXIT
}
replace_file() {
    chmod --reference="$1" "$new"
    chown --reference="$1" "$new"
    sync "$new"
    mv "$new" "$1"
    sync "${1%/*}"
}
