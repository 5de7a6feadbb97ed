# peers_see_this: waits until this glusterd is connected to every peer that listens, and every such peer to this glusterd:
# otherwise a change that was begun here fails halfway (measured after a restart: "Host kube3 not connected").
# Set before: nothing.
# shellcheck shell=sh disable=SC2016
seen_by() {
    # `gluster` looks for an IPv4 address of a name, and takes an IPv6 address (measured with 10.3).
    at=$(getent "ahostsv${six:-4}" "$1" | sed 's/ .*//;q')
    timeout 10 gluster --mode=script --remote-host="${at:-$1}" pool list 2>/dev/null |
        awk -v uuid="$own" '$1 == uuid && $NF == "Connected" { found = 1 } END { exit !found }'
}
peers_see_this() {
    own=$(sed -n 's/^UUID=//p' /var/lib/glusterd/glusterd.info)
    tries=60
    while :; do
        lacks=
        for file in /var/lib/glusterd/peers/*; do
            [ -e "$file" ] || continue
            name=$(sed -n 's/^hostname1=//p' "$file")
            uuid=$(sed -n 's/^uuid=//p' "$file")
            timeout 3 bash -c ': </dev/tcp/"$1"/24007' bash "$name" 2>/dev/null || continue
            timeout 10 gluster --mode=script pool list 2>/dev/null |
                awk -v uuid="$uuid" '$1 == uuid && $NF == "Connected" { found = 1 } END { exit !found }' &&
                seen_by "$name" || lacks="$lacks $name"
        done
        [ -n "$lacks" ] || return 0
        tries=$((tries - 1))
        if [ "$tries" = 0 ]; then
            echo "glusterd of this host and of these hosts are not connected:$lacks" >&2
            return 1
        fi
        sleep 0.5
    done
}
