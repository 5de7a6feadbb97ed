# Lets glusterd use the directories of bricks where SELinux is enforcing: the policy learns the type of everything below /bricks, and
# what is there already gets the type.
# Set before: type, mounts, directories.
# shellcheck shell=sh disable=SC2154,SC2086
made selinux '/bricks(/.*)?'
semanage fcontext -a -t "$type" '/bricks(/.*)?' 2>/dev/null || semanage fcontext -m -t "$type" '/bricks(/.*)?'
restorecon /bricks $mounts
restorecon -R $directories
