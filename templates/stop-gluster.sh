# stop_gluster: stops all bricks of this host, then glusterd and its other daemons, in an orderly way: a client notices at
# once that a brick goes, and goes on with the other bricks. The clients on this host (its mounts) go on. with_leave
# VOLUME…: fails with words unless each volume can lose the bricks of this host now; a host on which no brick runs has none
# to lose.
# Set before: nothing.
# shellcheck shell=sh
stop_gluster() {
    # glusterd notes the process of each brick and of each daemon below this directory; a mount's client is none of these.
    daemons=$(find /run/gluster -name '*.pid' -exec grep -hE '^[0-9]+' {} + 2>/dev/null | sort -u)
    end_processes glusterfsd "$daemons"
    systemctl stop glusterd
    end_processes glusterfs "$daemons"
}
# end_processes NAME PIDS: ends those of the processes that are called so, and waits for their end.
end_processes() {
    for process in $2; do
        ! is_called "$1" "$process" || kill "$process" 2>/dev/null || :
    done
    tries=300
    for process in $2; do
        while is_called "$1" "$process"; do
            if [ "$tries" = 0 ]; then
                echo "process $process ($1) does not end" >&2
                return 1
            fi
            tries=$((tries - 1))
            sleep 0.1
        done
    done
}
is_called() { [ "$(cat "/proc/$2/comm" 2>/dev/null)" = "$1" ]; }
with_leave() {
    [ -n "$(running_bricks)" ] || return 0
    for volume in "$@"; do
        if ! migration_gate "$volume" || ! heal_gate "$volume"; then
            echo "The bricks of this host were not stopped: volume $volume needs them." >&2
            return 1
        fi
    done
}
