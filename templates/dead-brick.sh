# Unmounts what is left of a disk that is gone: the device does not show the brick's file system any more, and no brick on it
# runs.
# Set before: target, uuid.
# shellcheck shell=sh disable=SC2154
device=$(findmnt -n -o SOURCE -M "$target" | tail -n 1)
[ -n "$device" ] || exit 0
if [ "$(blkid -c /dev/null -p -s UUID -o value "$device" 2>/dev/null)" = "$uuid" ]; then
    echo "$device holds the brick's file system; nothing was unmounted" >&2
    exit 1
fi
running=$(running_bricks | grep -F -e "$target/" || :)
[ -z "$running" ] || { echo "the brick $running runs; nothing was unmounted" >&2; exit 1; }
umount "$target" || umount -l "$target"
