# new_file PATH: makes `new`, an empty file beside the file at the path. replace_file PATH: renames the new file to the
# path, with the old file's user, group and mode: a crash leaves the whole old file or the whole new file. A file that did
# not exist, and a last line without an end, are noted.
# Set before: nothing.
# shellcheck shell=sh
new_file() {
    if [ ! -e "$1" ]; then
        made file "$1"
        : >"$1"
    fi
    [ -z "$(tail -c 1 "$1")" ] || made newline "$1"
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
