# Prints the kernel's number of the current boot.
# Set before: nothing.
# shellcheck shell=sh
cat /proc/sys/kernel/random/boot_id
