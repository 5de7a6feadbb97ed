# shellcheck shell=sh
# Let go: mkfs.xfs and wipefs -a open the device exclusively themselves (strace: O_RDWR|O_EXCL).
[ "$1" = none ] || eval "exec $1<&-"
