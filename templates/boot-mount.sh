# Mounts a volume. A mount whose client is gone is taken away first; one whose client waits for bricks is left to it.
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
*) echo "something else is mounted there: ${seen##* - }" >&2; exit 1 ;;
esac
if [ -d /run/systemd/system ]; then
    systemctl reset-failed "$unit" 2>/dev/null || :
    systemctl start "$unit" 2>/dev/null || { echo "mounting it failed; see journalctl -u '$unit'" >&2; exit 1; }
else
    mount "$path"
fi
