# Closes the device: mkfs.xfs and wipefs -a open the device exclusively themselves (strace: O_RDWR|O_EXCL).
# Set before: nothing.
# shellcheck shell=sh
[ "$1" = none ] || eval "exec $1<&-"
