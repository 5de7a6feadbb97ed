# Waits until a mounted volume answers. Programs may be using the mount: a mount whose client lives is never unmounted.
# Set before: nothing.
# shellcheck shell=sh disable=SC2154
tries=30
until answers; do
    tries=$((tries - 1))
    if [ "$tries" = 0 ]; then
        client_errors
        echo "if the volume stays silent: umount -l $path, then run the same command again" >&2
        exit 1
    fi
    sleep 1
done
