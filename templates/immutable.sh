# Makes bare mount points immutable. They are seen through a bind mount of the parent on /tmp (not on /run, where mount(8)
# itself makes a directory), in a mount namespace that ends with the command: whatever is mounted stays mounted.
# Set before: points.
# shellcheck shell=sh disable=SC2154,SC2086,SC2016
unshare -m sh -eu -c 'for point in "$@"; do
    mount --bind "${point%/*}/" /tmp
    said=$(chattr +i "/tmp/${point##*/}" 2>&1) || case $said in
        *"not supported"* | *"nappropriate ioctl"*) echo "$point: $said" ;;
        *) echo "$said" >&2; exit 1 ;;
    esac
    umount /tmp
done' sh $points
