# Takes away the keys and certificates that glusterctl made on this host, and the mark of encrypted management.
# Set before: nothing.
# shellcheck shell=sh
all_noted tls | while IFS= read -r file; do rm -f "$file"; done
[ ! -e /etc/glusterctl/made ] || sed -i '/^tls /d' /etc/glusterctl/made
