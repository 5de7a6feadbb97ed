# heal_age BRICK: for how many seconds at least the oldest entry has been waiting for healing that the brick has in its
# lists; nothing if the lists are empty. A mark on the entry's file puts the entry into a list, and changes the file's
# ctime; later changes move the ctime on. Of long lists, 1000 entries are looked at.
# Set before: nothing.
# shellcheck shell=sh disable=SC2016
heal_age() {
    # The file of the entry aabb… is .glusterfs/aa/bb/aabb…; of a directory, that is a symbolic link to it with no other
    # name, whereas a symbolic link that is itself an entry has two names.
    [ -d "$1/.glusterfs/indices" ] || return 0
    oldest=$(cd "$1/.glusterfs" &&
        timeout 5 find indices/xattrop indices/dirty -maxdepth 1 -name '????????-????-????-????-????????????' \
            -printf '%f\n' 2>/dev/null | head -n 1000 | sed 's|^\(..\)\(..\)|\1/\2/&|' |
        timeout 5 xargs -r sh -c 'find "$@" -maxdepth 0 \( -type l -links 1 -exec stat -Lc %Z {} + -o \
            \( ! -type l -o -links +1 \) -exec stat -c %Z {} + \)' sh 2>/dev/null | sort -n | head -n 1)
    [ -z "$oldest" ] || echo "$(($(date +%s) - oldest))"
}
