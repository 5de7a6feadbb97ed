# held_file BRICK: prints a file that a brick holds, if the brick holds any: anything but directories, links of DHT (empty
# files that name the brick that has the file) and what Gluster keeps for itself.
# Set before: nothing.
# shellcheck shell=sh
held_file() {
    held=$(find "$1" -path "$1/.glusterfs" -prune -o -type d -o \
        -type f -size 0 -perm 1000 -exec getfattr -n trusted.glusterfs.dht.linkto --absolute-names {} \; -o \
        -print -quit 2>/dev/null) || held="$1 (a part cannot be read)"
    held=$(printf '%s\n' "$held" | grep '^/' | head -n 1)
    # The names below .glusterfs/XX/XX are second names of the files outside. A file that has no other name has data, too.
    if [ -z "$held" ] && [ -d "$1/.glusterfs" ]; then
        held=$(find "$1/.glusterfs" -type f -size +0 -path "$1/.glusterfs/[0-9a-f][0-9a-f]/*" -print -quit) ||
            held="$1 (a part cannot be read)"
    fi
    printf '%s\n' "$held"
}
