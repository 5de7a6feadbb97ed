# new_brick BRICK: prepares the place of a new brick, unless a brick is there. A mark beside the directory says, until Gluster
# has taken the brick, that the directory is a new brick, whatever it carries: Gluster stamps the volume's id on a directory
# before it takes the brick, and a brick with an id that Gluster did not take would never be healed (measured).
# taken BRICK ANSWER: takes the mark away if Gluster's answer says that the brick was taken.
# Set before: nothing.
# shellcheck shell=sh
new_brick() {
    mark=$1.glusterctl-new
    if [ -e "$mark" ]; then
        rm -rf --one-file-system "$1"
        return
    fi
    if getfattr -n trusted.glusterfs.volume-id --absolute-names "$1" >/dev/null 2>&1; then
        echo "$1 is a brick already; nothing was replaced" >&2
        return 1
    fi
    if [ -d "$1" ] && [ -n "$(find "$1" ! -type d -print -quit)" ]; then
        echo "$1 holds files; nothing was replaced" >&2
        return 1
    fi
    : >"$mark"
    sync "$mark"
}
taken() {
    case $2 in *"<opRet>0</opRet>"*) rm -f "$1.glusterctl-new" ;; esac
}
