# Mounts a volume. A mount whose client is gone is unmounted first; a mount whose client waits for bricks stays.
# Set before: volume, path, unit.
# shellcheck shell=sh disable=SC2154
seen=$(awk -v path="$path" '$5 == path { seen = $0 } END { print seen }' /proc/self/mountinfo)
case $seen in
*" - fuse.glusterfs "*":/$volume "*)
    if has_client "$path"; then exit 0; fi
    unmount_dead "$path"
    ;;
"") ;;
*) echo "another file system than volume $volume is mounted at $path: ${seen##* - }" >&2; exit 1 ;;
esac
start_mount "$unit" "$path" || { echo "mounting $path failed; see journalctl -u '$unit'" >&2; exit 1; }
