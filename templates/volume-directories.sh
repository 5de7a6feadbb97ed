# Makes directories in a volume, and never on the host's own disk. mount.glusterfs unmounts a volume again whose bricks do not
# answer yet, and the mount's unit tries again some seconds later: so a volume that was seen mounted may be gone for a moment.
# Set before: path, directories.
# shellcheck shell=sh disable=SC2154,SC2086
tries=20
until said=$(
    findmnt -n -t fuse.glusterfs -M "$path" >/dev/null || { echo "no volume is mounted at $path"; exit 1; }
    mkdir -p $directories 2>&1
); do
    tries=$((tries - 1))
    if [ "$tries" = 0 ]; then
        printf '%s\n' "$said" >&2
        exit 1
    fi
    sleep 1
done
