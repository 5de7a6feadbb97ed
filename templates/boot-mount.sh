# Mounts a volume. A mount whose client is gone is unmounted first; a mount whose client waits for bricks stays.
# Set before: volume, path, unit.
# shellcheck shell=sh disable=SC2154
seen=$(awk -v path="$path" '$5 == path { seen = $0 } END { print seen }' /proc/self/mountinfo)
case $seen in
*" - fuse.glusterfs "*":/$volume "*)
    for file in /proc/[0-9]*/cmdline; do
        # shellcheck disable=SC2016
        case $(tr '\0' ' ' <"$file" 2>/dev/null) in *glusterfs*" $path ") exit 0 ;; esac
    done
    umount -l "$path"
    ;;
"") ;;
*) echo "another file system than volume $volume is mounted at $path: ${seen##* - }" >&2; exit 1 ;;
esac
start_mount "$unit" "$path" || { echo "mounting $path failed; see journalctl -u '$unit'" >&2; exit 1; }
