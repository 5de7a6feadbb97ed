# brick_runs DIRECTORY: whether the brick with that directory has a process.
# Set before: nothing.
# shellcheck shell=sh
brick_runs() { grep -qsxzF -e "$1" /proc/[0-9]*/cmdline; }
