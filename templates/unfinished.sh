# drop_unfinished VOLUME: reads what `gluster volume heal VOLUME info` prints, and removes what a brick on this node had not
# finished making when the brick was killed: what has no identity (trusted.gfid) and no content, and is older than the
# brick's process, in a directory that waits for healing. No client was told that it exists. Gluster cannot remove what has
# no identity, and so never heals the directory if the other bricks no longer have the name (measured with 10.3). Prints
# what was removed, a line each.
# Set before: nothing.
# shellcheck shell=sh disable=SC2016,SC2154
drop_unfinished() {
    # An entry is a path, or the identity of a file whose path is not known: of a directory, a symbolic link has that name.
    waiting=$(sed -n -e 's/ - [A-Z][a-z -]*$//' -e 's/ $//' \
        -e 's|^<gfid:\(..\)\(..\)\(.*\)>$|/.glusterfs/\1/\2/\1\2\3|' -e '/^\//p' | sort -u)
    [ -n "$waiting" ] || return 0
    own_bricks "$1" | while IFS= read -r definition; do
        process_file "$definition"
        [ -e "$file" ] || continue
        brick=$(sed -n 's/^path=//p' "$definition")
        printf '%s\n' "$waiting" | while IFS= read -r entry; do
            cd -P "$brick$entry" 2>/dev/null || continue
            case $PWD/ in "$brick"/*) ;; *) continue ;; esac
            # A directory of the volume, and a sign that attributes can be read.
            getfattr -n trusted.gfid . >/dev/null 2>&1 || continue
            # A file of the volume has a second name below .glusterfs. Symbolic links and devices are never -empty. The file of
            # the process is written when the process begins.
            timeout 20 find . -mindepth 1 -maxdepth 1 ! -name '.glusterfs*' ! -newercm "$file" \
                \( -empty \( -type d -o -links 1 \) -o ! -type d ! -type f -links 1 \) -exec sh -c '
                    said=$(LC_ALL=C getfattr -h -n trusted.gfid "$2" 2>&1) && exit
                    case $said in *": trusted.gfid: No such attribute") ;; *) exit ;; esac
                    rm -df "$2" && echo "removed $1/${2#./}, which a brick that was killed had not finished making"' \
                sh "$PWD" {} \; || :
        done
    done
}
