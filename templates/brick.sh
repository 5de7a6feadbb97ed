# is_brick VOLUME ID UUID PATH DIRECTORY: whether the directory is on the brick's file system (see holds), mounted at the
# path, and carries the volume's id (32 hexadecimal digits). `volume start … force` stamps the id on any directory at the
# brick's path, also on the root disk.
# Set before: nothing.
# shellcheck shell=sh disable=SC2034
is_brick() {
    holds "$4" "$3" || return 1
    wrong="$5 is not on the file system mounted at $4"
    found=$(findmnt -n -o TARGET --target "$5" 2>/dev/null) || found=$4
    [ "$found" = "$4" ] || return 1
    wrong="$5 does not belong to volume $1 (anymore): the directory carries another volume's id, or none"
    getfattr -n trusted.glusterfs.volume-id -e hex --absolute-names "$5" 2>/dev/null |
        grep -qxF "trusted.glusterfs.volume-id=0x$2"
}
