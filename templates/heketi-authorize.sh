# Authorises Heketi's key for a login: the line of authorized_keys that is glusterctl's is replaced. Other lines stay as they
# are, byte for byte.
# Set before: user, mark (the last word of glusterctl's line), line.
# shellcheck shell=sh disable=SC2154
home=$(getent passwd "$user" | cut -d: -f6)
keys=$home/.ssh/authorized_keys
made heketi-login "$mark $user"
if [ ! -d "$home/.ssh" ]; then
    make_directory "$home/.ssh"
    chmod 700 "$home/.ssh"
    chown "$user:" "$home/.ssh"
fi
if [ ! -e "$keys" ]; then fresh=yes; else fresh=; fi
new_file "$keys"
if [ -n "$fresh" ]; then
    chmod 600 "$keys"
    chown "$user:" "$keys"
fi
{
    awk -v mark="$mark" '$NF != mark' "$keys"
    printf '%s\n' "$line"
} >"$new"
replace_file "$keys"
# Where SELinux is enforcing, sshd reads files of a certain type only.
if command -v restorecon >/dev/null; then restorecon -R "$home/.ssh"; fi
