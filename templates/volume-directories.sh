# Makes directories in a volume, and never on the host's own disk.
# Set before: path, directories.
# shellcheck shell=sh disable=SC2154,SC2086
findmnt -n -t fuse.glusterfs -M "$path" >/dev/null || { echo "no volume is mounted at $path" >&2; exit 1; }
mkdir -p $directories
