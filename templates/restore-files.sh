# restore_files MODE SOURCE TARGET PATH: makes a path of the volume that is mounted at TARGET what the path is in the snapshot
# that is mounted at SOURCE, with rsync: content, owners, modes, times, links, ACLs and extended attributes. Only once
# everything has come back, what the snapshot does not have is removed; then everything is compared again. MODE `preview` only
# says what would change: + is missing in the volume, ~ has other content, . has other attributes, - goes. Both have to be
# mounted at paths without symbolic links. reaches_all DIRECTORY: whether the client of the mount is connected to all bricks:
# without, files would look as if the volume or the snapshot did not have them.
# Set before: pools (VOLUME_GROUP/POOL, a line each: the thin pools of this host that take what is written to the volume).
# shellcheck shell=sh disable=SC2154
restore_files() {
    from=$(place_of "$2" "$4") && to=$(place_of "$3" "$4") || return
    is_root=
    [ "$4" != / ] || is_root=yes
    from_kind=$(kind_of "$from") to_kind=$(kind_of "$to")
    case $from_kind:$to_kind in
    nothing:*)
        echo "the snapshot has no $4" >&2
        return 1
        ;;
    directory:directory | directory:nothing) from=${from%/}/ to=${to%/}/ ;;
    "no directory:no directory" | "no directory:nothing") ;;
    *)
        echo "$4: $from_kind in the snapshot, $to_kind in the volume: bring back the directory that holds it" >&2
        return 1
        ;;
    esac
    said=$(differences "$from" "$to" 1000)
    reaches_all "$2" && reaches_all "$3" || return
    totals "$said" || return
    room=$(room_at "$to") || return
    listed=$(printf '%s\n' "$said" | sed '$d')
    [ -z "$listed" ] || printf '%s\n' "$listed"
    echo "$missing are missing, $changed have other content, $attributes have other attributes, $removed go" \
        "($bytes bytes come back; there is room for $room)"
    [ "$1" != preview ] || return 0
    if [ "$bytes" -gt "$room" ]; then
        echo "$bytes bytes come back, and there is room for $room: make room, or bring back one directory after the other" >&2
        return 1
    fi
    # First everything comes back, which may take long; nothing goes but what is in the place of something (--force).
    copy "$from" "$to" --force || return
    # What the snapshot does not have goes only while it is certain what the snapshot has: no more than was counted.
    reaches_all "$2" && reaches_all "$3" || return
    copy "$from" "$to" --delete-delay --max-delete="$removed" || return
    said=$(differences "$from" "$to" 10)
    reaches_all "$2" && reaches_all "$3" || return
    totals "$said" || return
    [ "$missing$changed$attributes$removed" != 0000 ] || return 0
    printf '%s\n' "after the copy, these still differ from the snapshot:" "$(printf '%s\n' "$said" | sed '$d')" \
        "something writes to the volume; stop what writes, and run the same command again" >&2
    return 1
}
# place_of ROOT PATH: where a path of a mounted volume is. A symbolic link on the way could lead out of the volume.
place_of() {
    directory=$1${2%/*}
    if [ "$(cd -P "$directory" 2>/dev/null && pwd)" != "$directory" ]; then
        echo "${2%/*} is not a directory in both the volume and the snapshot, or a symbolic link leads there: bring back a" \
            "directory above" >&2
        return 1
    fi
    printf '%s\n' "$1$2"
}
kind_of() {
    # What is copied over a symbolic link to a directory, rsync puts into that directory.
    if [ -h "$1" ] && [ -d "$1" ]; then echo "link to a directory"
    elif [ -d "$1" ]; then echo directory
    elif [ -e "$1" ] || [ -h "$1" ]; then echo "no directory"
    else echo nothing
    fi
}
# copy FROM TO WORD…: rsync, without what is Gluster's own. Times are compared to the nanosecond. Of extended attributes, only
# those of users and of the system's security are copied: the others are Gluster's.
copy() {
    from_there=$1 to_there=$2
    shift 2
    if [ -n "$is_root" ]; then
        set -- --exclude='/.glusterfs*' --exclude=/.trashcan --exclude=/.snaps --exclude=/.meta "$@"
    fi
    rsync -aHAXS --numeric-ids --modify-window=-1 \
        --filter='+x user.*' --filter='+x security.*' --filter='+x trusted.overlay.*' --filter='-x *' \
        "$@" "$from_there" "$to_there"
}
# differences FROM TO MOST: what a copy would change, an entry a line, at most so many; then a line with the numbers.
differences() {
    {
        status=0
        copy "$1" "$2" --delete --dry-run --stats --no-human-readable --8-bit-output --out-format='=%i %n%L' || status=$?
        echo "status $status"
    } | most=$3 awk '
        function entry(sign) { if (++shown <= ENVIRON["most"]) print sign " " substr($0, 14); else more++ }
        /^=\*deleting/ { removed++; entry("-"); next }
        /^=..\+/ { missing++; entry("+"); next }
        /^=\./ { attributes++; entry("."); next }
        /^=/ { changed++; entry("~"); next }
        /^Total transferred file size: / { bytes = $5 }
        /^status / { status = $2 }
        END {
            if (more) print "and " more " more"
            print missing + 0, changed + 0, attributes + 0, removed + 0, bytes == "" ? 0 : bytes, status
        }'
}
# totals DIFFERENCES: sets the numbers of the last line; fails if rsync failed.
totals() {
    read -r missing changed attributes removed bytes status <<EOF
$(printf '%s\n' "$1" | tail -n 1)
EOF
    [ "$status" = 0 ] || { echo "rsync failed with exit status $status" >&2 && return 1; }
}
# room_at PLACE: how many bytes can be written there, as df says, which counts quotas; and so much that the thin pools are
# not filled to more than nine tenths: the snapshot keeps there what is overwritten.
room_at() {
    nearest=${1%/}
    [ -d "$nearest" ] || nearest=${nearest%/*}
    room=$(df -B1 --output=avail "$nearest" | tail -n 1)
    for pool in $pools; do
        free=$(lvs --noheadings --nosuffix --units b -o lv_size,data_percent "$pool" |
            awk 'NF == 2 { free = $1 * (90 - $2) / 100; printf "%.0f", (free > 0 ? free : 0) }')
        if [ -z "$free" ]; then
            echo "LVM does not tell how full $pool is" >&2
            return 1
        fi
        [ "$room" -le "$free" ] || room=$free
    done
    echo $((room))
}
reaches_all() {
    all=
    for client in "$1"/.meta/graphs/active/*-client-*/private; do
        if ! grep -qsx 'connected = 1' "$client"; then
            client=${client%/private}
            echo "the mount of $1 is not connected to a brick (${client##*/})" >&2
            return 1
        fi
        all=yes
    done
    [ -n "$all" ]
}
