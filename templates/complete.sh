# is_complete DIRECTORY: whether a volume's definition (a directory in /var/lib/glusterd/vols) is complete. glusterd
# does not start with a definition that is incomplete because glusterd was killed or the disk was full. Without a
# brick's volfile, glusterd starts, but the volume does not; without the clients' volfiles, nobody can mount from here.
# Set before: nothing.
# shellcheck shell=sh disable=SC2317,SC2329
is_complete() {
    [ -s "$1/info" ] || return 1
    # HOST:-bricks-vdb-gv0, where HOST may be an IPv6 address.
    listed=
    count=
    number=0
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        brick-[0-9]*=*) listed="$listed ${line#*=}" number=$((number + 1)) ;;
        count=*) count=${line#*=} ;;
        esac
    done <"$1/info"
    [ "$number" = "$count" ] || return 1
    for entry in $listed; do
        [ -s "$1/bricks/$entry" ] && [ -s "$1/${1##*/}.${entry%%:-*}.${entry#*:-}.vol" ] || return 1
    done
    [ -s "$1/${1##*/}.tcp-fuse.vol" ] && [ -s "$1/trusted-${1##*/}.tcp-fuse.vol" ]
}
