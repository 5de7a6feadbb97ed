# process_file DEFINITION: sets `file` to the file in which glusterd notes the process of a brick, by glusterd's definition of
# the brick; sets `volume` and `brick`, too.
# running_bricks: prints the directory of each brick on this host that has a process. brick_runs DIRECTORY: whether that
# brick has one. glusterd notes the process of each brick in a file, also if bricks share a process
# (cluster.brick-multiplex), whose command line names only the first. The file outlives a process that was killed.
# Set before: nothing.
# shellcheck shell=sh
process_file() {
    # The brick kube1:-bricks-vdb-gv0 has the file kube1-bricks-vdb-gv0.pid.
    volume=${1%/bricks/*}
    brick=${1##*/}
    file=/run/gluster/vols/${volume##*/}/${brick%%:-*}-${brick#*:-}.pid
}
running_bricks() (
    for definition in /var/lib/glusterd/vols/*/bricks/*; do
        process_file "$definition"
        process=
        program=
        # read fails also at a line without an end.
        { read -r process <"$file"; } 2>/dev/null || :
        { read -r program <"/proc/${process:-none}/comm"; } 2>/dev/null || :
        [ "$program" = glusterfsd ] || continue
        while IFS= read -r line; do
            case $line in path=*) printf '%s\n' "${line#path=}" ;; esac
        done <"$definition"
    done
)
brick_runs() { running_bricks | grep -qxF -e "$1"; }
