# Takes a new, empty brick into the place of the lost one of the same name, after a last look: the brick's file system is
# mounted, and holds no brick. A glusterd that has just learnt of the volume takes the brick only after a restart (measured:
# "When destination brick is new"); glusterd is restarted only if no brick of this host runs.
# Set before: volume, spec (HOST:DIRECTORY), others (the other bricks of the set, a line each), uuid (or - for any), target,
# brick.
# shellcheck shell=sh disable=SC2154
holds "$target" "$uuid" || { echo "$wrong" >&2; exit 1; }
reset() { gluster --mode=script --xml volume reset-brick "$volume" "$spec" "$@"; }
# commit: starts the reset, which may be started again, and commits the reset.
commit() {
    peers_see_this
    said=$(reset start)
    case $said in
    *"<opRet>0</opRet>"*)
        new_brick "$brick"
        said=$(reset "$spec" commit force)
        taken "$brick" "$said"
        ;;
    esac
}
if [ -e "$brick.glusterctl-new" ]; then
    # The brick of an interrupted replacement may run, and needs nothing that others do not have.
    replace_gate "$volume" - "$others"
else
    if brick_runs "$brick"; then
        echo "$brick runs; nothing was replaced" >&2
        exit 1
    fi
    new_brick "$brick"
    replace_gate "$volume" "$spec" "$others"
fi
commit
case $said in
*"destination brick is new"*)
    [ -z "$(running_bricks)" ] || { echo "glusterd has to be restarted, and bricks of this host run" >&2; exit 1; }
    systemctl reset-failed glusterd 2>/dev/null || :
    systemctl restart glusterd
    tries=150
    until gluster --mode=script volume list 2>/dev/null | grep -qxF -e "$volume"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || { echo "glusterd does not know volume $volume after a restart" >&2; exit 1; }
        sleep 0.2
    done
    peers_see_this
    tries=60
    until replace_gate "$volume" - "$others" 2>/dev/null || [ "$tries" = 0 ]; do
        tries=$((tries - 1))
        sleep 0.5
    done
    replace_gate "$volume" - "$others"
    commit
    ;;
esac
printf '%s\n' "$said"
