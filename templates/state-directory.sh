# Binds the directory that keeps glusterd's state over /var/lib/glusterd. A directory on a brick's file system is made there,
# and on no other file system; any other directory must exist, or the state would be lost with the container. What the
# package has in /var/lib/glusterd besides the state (groups of options, hooks) is copied, the state of an image is not.
# Set before: directory, target (the mount point of the brick, or nothing), uuid.
# shellcheck shell=sh disable=SC2154
if [ -n "$target" ]; then
    holds "$target" "$uuid" || { echo "$wrong" >&2; exit 1; }
    mkdir -p "$directory"
fi
[ -d "$directory" ] || { echo "$directory is not a directory; mount storage there that outlasts the container" >&2; exit 1; }
for part in groups hooks; do
    [ -e "$directory/$part" ] || [ ! -e "/var/lib/glusterd/$part" ] || cp -a "/var/lib/glusterd/$part" "$directory/"
done
mkdir -p /var/lib/glusterd
mount --bind "$directory" /var/lib/glusterd
