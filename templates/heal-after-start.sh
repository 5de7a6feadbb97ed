# After a start of glusterd, gluster-heal.service runs this script, for as long as anything is left to do and for a
# quarter of an hour at most. The script mounts the file systems of bricks that are not mounted, starts the bricks that
# glusterd did not start, and starts an index heal of each volume once all bricks of the volume are connected: otherwise
# entries may wait for the self-heal daemon's next crawl, which comes every ten minutes. A client may connect to a brick
# later than the self-heal daemons do, and what the client writes until then is left to heal, too: so the script ends only
# when nothing was left for a minute.
# Set before: nothing.
# shellcheck shell=sh disable=SC2154
set -u
export LC_ALL=C
limit=900
# The clock of the machine may be set while the machine boots.
seconds() { sed 's/[. ].*//' /proc/uptime; }
# has_company: whether a peer is connected. Before that, glusterd starts no brick: the volume may have been changed.
has_company() {
    [ -z "$(ls /var/lib/glusterd/peers)" ] || timeout 20 gluster --mode=script pool list 2>/dev/null |
        awk 'NR > 1 && $2 != "localhost" && $NF == "Connected" { found = 1 } END { exit !found }'
}
# left_to_do: does what can be done now, and says what is left to do, a line each.
left_to_do() {
    brick_lines | while read -r uuid target; do mount_brick "$uuid" "$target" 2>&1 </dev/null; done
    for info in /var/lib/glusterd/vols/*/info; do
        grep -qsx status=1 "$info" || continue
        volume=${info%/info}
        volume=${volume##*/}
        own=$(own_bricks "$volume" | while IFS= read -r definition; do sed -n 's/^path=//p' "$definition"; done)
        [ -n "$own" ] || continue
        # A brick that ran has been stopped since: by somebody who had a reason, or by a fault that would come again.
        missing=$(printf '%s\n' "$own" | grep -vxF -e "$(running_bricks)" | grep -vxF -e '' -e "$ran")
        if [ -n "$missing" ]; then
            printf '%s\n' "$missing" | sed "s/.*/volume $volume: no process runs for the brick &/"
            # glusterd starts its bricks by itself, a moment after a peer was connected.
            if [ "$(($(seconds) - begun))" -ge 10 ] && has_company; then
                id=$(sed -n 's/^volume-id=//p' "$info" | tr -d -)
                start_bricks "$volume" "$id" "$missing" 2>&1 </dev/null
            fi
        fi
        grep -Eqsx 'replica_count=([2-9]|[1-9][0-9]+)|disperse_count=[1-9][0-9]*' "$info" || continue
        heal "$volume" | sed -e /^healed/d -e 's/^[a-z]* //'
    done
}
begun=$(seconds)
ran=
before=
idle=
while :; do
    passed=$(($(seconds) - begun))
    pause=$((passed / 4))
    [ "$pause" -ge 3 ] || pause=3
    [ "$pause" -le 60 ] || pause=60
    [ -z "$idle" ] || pause=30
    sleep "$pause"
    left=$(left_to_do)
    ran=$(printf '%s\n' "$ran" "$(running_bricks)")
    if [ -n "$left" ]; then
        idle=
        [ "$left" = "$before" ] || printf '%s\n' "$left"
    elif [ -z "$idle" ]; then
        idle=$(seconds)
    elif [ "$(($(seconds) - idle))" -ge 60 ]; then
        echo "all bricks of this node run, and nothing was left to heal for a minute"
        break
    fi
    before=$left
    if [ -n "$left" ] && [ "$passed" -gt "$limit" ]; then
        echo "$limit s have passed: the rest is left to the self-heal daemon, to glusterctl boot and to glusterctl apply"
        break
    fi
done
