# new_file PATH: makes `new`, an empty file beside the file at the path. replace_file PATH: renames the new file to the
# path, with the old file's user, group and mode: a crash leaves the whole old file or the whole new file.
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
