# Writes certificates that this host trusts. Gluster reads the file anew for each connection (measured with 10.3): nothing
# has to be restarted. A file that glusterctl did not write is not replaced.
# Set before: certificates, keep (yes: what the file has already stays).
# shellcheck shell=sh disable=SC2154
directory=$(tls_place)
path=$directory/glusterfs.ca
if [ -e "$path" ] && ! noted tls "$path"; then
    echo "$path is there, and glusterctl did not write it" >&2
    exit 1
fi
made tls "$path"
new=$(mktemp "$path.glusterctl.XXXXXX")
trap 'rm -f "$new"' EXIT
if [ "$keep" = yes ] && [ -e "$path" ]; then cat "$path" >"$new"; fi
printf '%s\n' "$certificates" >>"$new"
chmod 644 "$new"
sync "$new"
mv "$new" "$path"
sync "$directory"
