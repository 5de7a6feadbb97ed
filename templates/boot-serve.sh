# Starts a volume's bricks that have no process, if those of this node are what they should be: force would stamp the
# volume's id on whatever directory it finds. Set before: volume, id, bricks (this node's, separated by spaces), targets
# (where the right file systems were found).
# shellcheck shell=sh disable=SC2154
down=
for brick in $bricks; do
    grep -qsxzF "$brick" /proc/[0-9]*/cmdline && continue
    # Its disk is missing, and with it the directory: force finds nothing to stamp, and leaves it down (measured).
    [ -e "$brick" ] || continue
    target=$(findmnt -n -o TARGET --target "$brick" 2>/dev/null || :)
    case " $targets " in
    *" $target "*) ;;
    *) echo "$brick: its file system is not mounted, or not in fstab" >&2; exit 1 ;;
    esac
    getfattr -n trusted.glusterfs.volume-id -e hex --absolute-names "$brick" 2>/dev/null |
        grep -qxF "trusted.glusterfs.volume-id=0x$id" || {
        echo "$brick does not belong to volume $volume (anymore); left alone" >&2
        exit 1
    }
    down="$down $brick"
done
[ -z "$down" ] || gluster --mode=script --xml volume start "$volume" force
