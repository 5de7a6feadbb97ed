# Prints how many names a brick lacks that another brick of its set has, of the first 20,000 names: of all names if the volume
# has one set of bricks, else of the directories, which every brick has. A client of its own, whose mount is seen by nobody
# else, reads the names from the other brick.
# Set before: volume, brick, kind (d for directories, or nothing), source (the number of the other brick in its set).
# shellcheck shell=sh disable=SC2154,SC2016
unshare -m sh -eu -c '
    volume=$1 brick=$2 kind=$3
    timeout 60 glusterfs --xlator-option="*replicate*.read-subvolume-index=$4" --xlator-option="*replicate*.choose-local=off" \
        --volfile-server=localhost --volfile-id="/$volume" /mnt
    trap "cd / && umount /mnt" EXIT
    findmnt -n -t fuse.glusterfs -M /mnt >/dev/null
    lacking() {
        while IFS= read -r name; do
            [ -e "$brick/$name" ] || [ -L "$brick/$name" ] || printf "%s\n" "$name"
        done
    }
    look() { find . -mindepth 1 ${kind:+-type "$kind"} | head -n 20000 | lacking; }
    cd /mnt
    lacks=$(look)
    if [ -n "$lacks" ]; then
        # What is being made or deleted just now is lacking only once. No name is looked up: that would heal the name, and
        # hide that the brick is not whole.
        sleep 2
        lacks=$(look | grep -xF -e "$lacks" || :)
        printf "%s\n" "$lacks" | head -n 5 >&2
    fi
    printf "missing=%s\n" "$(printf "%s" "$lacks" | grep -c . || :)"
' sh "$volume" "$brick" "$kind" "$source"
