# brick_mark PATH: the mark of a brick's file system that somebody else made: the brick's UUID, in a trusted attribute of the root
# directory. A copy of the files that has lost attributes, and with them the brick's, has no mark.
# Set before: nothing.
# shellcheck shell=sh
brick_mark() { getfattr -n trusted.glusterctl.brick --only-values --absolute-names "$1" 2>/dev/null; }
