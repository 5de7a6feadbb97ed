# Unmounts the file system of bricks, once the processes of the bricks have ended: the process of a brick whose volume was
# stopped needs a moment.
# Set before: target.
# shellcheck shell=sh disable=SC2154
systemctl stop gluster-heal.service 2>/dev/null || :
tries=20
while grep -qF " $target " /proc/self/mountinfo && [ "$tries" -gt 0 ] && ! umount "$target" 2>/dev/null; do
    tries=$((tries - 1))
    sleep 0.2
done
unmount_idle "$target"
