# Takes emptied bricks out of their volume, and prints Gluster's answer. While the server that gives the command has counted a
# failure, Gluster takes no brick out without force, and a file that a program renamed meanwhile is a failure. Nothing is
# forced: Gluster is told to stop, and the exit status is 75: the removal has to begin anew.
# Set before: removal (the words of the gluster command about the removal, without the last).
# shellcheck shell=sh disable=SC2154
status=0
said=$(eval "gluster --mode=script --xml $removal commit") || status=$?
case $said in
*"migration of some files might have been skipped"*)
    eval "gluster --mode=script $removal stop" >/dev/null || :
    echo "Gluster counted a failure while it moved files, as for a file that a program renames, and would take the bricks out by \
force only; nothing was taken out, and the removal begins anew" >&2
    exit 75
    ;;
esac
printf '%s\n' "$said"
exit "$status"
