# Makes bare mount points immutable. A bind mount of the parent directory on /tmp shows each bare mount point (not on
# /run, where mount(8) itself makes a directory), in a mount namespace that ends with the command: every mounted file
# system stays mounted.
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
