# is_brick UUID PATH DIRECTORY: whether the directory is on the brick's file system (see holds), mounted at the path,
# and carries the volume's id. `volume start … force` stamps the id on any directory at the brick's path, also on the
# root disk.
# Set before: volume, id (32 hexadecimal digits).
# shellcheck shell=sh disable=SC2034,SC2154
is_brick() {
    holds "$2" "$1" || return 1
    wrong="$3 is not on the file system mounted at $2"
    found=$(findmnt -n -o TARGET --target "$3" 2>/dev/null) || found=$2
    [ "$found" = "$2" ] || return 1
    wrong="$3 does not belong to volume $volume (anymore): the directory carries another volume's id, or none"
    getfattr -n trusted.glusterfs.volume-id -e hex --absolute-names "$3" 2>/dev/null |
        grep -qxF "trusted.glusterfs.volume-id=0x$id"
}
