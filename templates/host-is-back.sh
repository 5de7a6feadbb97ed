# Waits until this host serves and mounts again: glusterd answers, the processes of the bricks run, and the mounts answer.
# Says with words what is missing.
# Set before: bricks, paths (where volumes are mounted), seconds.
# shellcheck shell=sh disable=SC2154
end=$(($(date +%s) + seconds))
missing() {
    if [ -n "$bricks" ]; then
        timeout 20 gluster --mode=script pool list >/dev/null 2>&1 || echo "glusterd does not answer"
        printf '%s\n' "$bricks" | grep -vxF -e "$(running_bricks)" | sed 's/^/no process runs for the brick /' || :
    fi
    for path in $paths; do
        if ! grep -qF " $path " /proc/self/mountinfo; then echo "nothing is mounted at $path"
        elif ! timeout 10 stat -f "$path" >/dev/null 2>&1; then echo "the volume does not answer at $path"
        fi
    done
}
while :; do
    left=$(missing)
    [ -n "$left" ] || break
    if [ "$(date +%s)" -ge "$end" ]; then
        printf '%s\n' "$left" >&2
        exit 1
    fi
    sleep 1
done
