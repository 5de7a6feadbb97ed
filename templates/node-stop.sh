# Stops all that runs for a host without systemd: unmounts the volumes, stops the bricks, glusterd and its daemons, and
# unmounts the bricks' file systems. A mount that programs use is detached: it goes when they end.
# Set before: volumes (mount points), bricks (mount points).
# shellcheck shell=sh disable=SC2154
set +e
is_mounted() { grep -qF " $1 " /proc/self/mountinfo; }
for point in $volumes; do
    ! is_mounted "$point" || umount "$point" || umount -l "$point"
done
status=0
stop_gluster || status=1
[ ! -e /run/glusterctl/state-directory ] || ! is_mounted /var/lib/glusterd || umount /var/lib/glusterd || status=1
for point in $bricks; do
    ! is_mounted "$point" || umount "$point" || status=1
done
exit "$status"
