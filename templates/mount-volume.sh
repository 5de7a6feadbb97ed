# Mounts a volume. Right after bricks have started, a client may find no brick to read from and give up (measured):
# hence several tries.
# Set before: unit.
# shellcheck shell=sh disable=SC2154
tries=15
until why=$(start_mount "$unit" "$path" 2>&1) && answers; do
    tries=$((tries - 1))
    if [ "$tries" = 0 ]; then
        # What the last try said: the others said the same.
        [ -z "$why" ] || printf '%s\n' "$why" >&2
        unit_errors "$unit"
        client_errors
        exit 1
    fi
    sleep 1
done
