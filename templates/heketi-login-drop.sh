# Takes Heketi's key out of the authorized_keys of logins: the lines that are glusterctl's. A last line that had no end before
# glusterctl wrote below it has none afterwards. The script goes once no login has it.
# Set before: users, mark (the last word of glusterctl's line), script (path).
# shellcheck shell=sh disable=SC2154
for user in $users; do
    home=$(getent passwd "$user" | cut -d: -f6)
    keys=$home/.ssh/authorized_keys
    if [ -n "$home" ] && [ -e "$keys" ]; then
        new_file "$keys"
        last=$(awk -v mark="$mark" '{ ours = $NF == mark } END { print ours + 0 }' "$keys")
        awk -v mark="$mark" '$NF != mark' "$keys" >"$new"
        if [ "$last" = 1 ] && noted newline "$keys"; then without_end "$new"; fi
        replace_file "$keys"
        if [ ! -s "$keys" ] && noted file "$keys"; then rm "$keys"; fi
    fi
    [ ! -e /etc/glusterctl/made ] || unmade heketi-login "$mark $user"
done
[ -n "$(all_noted heketi-login)" ] || rm -f "$script"
