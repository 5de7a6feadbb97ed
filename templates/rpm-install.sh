# Installs packages in one transaction. rpm does not note what an interrupted transaction left half done: the script notes
# what is installed before, and the note goes when the transaction has ended. What the transaction brings is noted.
# Set before: packages.
# shellcheck shell=sh disable=SC2154,SC2086
begun=/etc/glusterctl/installing
installed() { rpm -qa --qf '%{NAME}\n' | grep -vxF gpg-pubkey | sort -u; }
made file "$begun"
installed >"$begun.new"
mv "$begun.new" "$begun"
sync "$begun"
# A mirror may fail once.
get $packages || { sleep 5 && get $packages; } || {
    status=$?
    # Ended by a signal, the package manager may have done half of its work.
    [ "$status" -gt 128 ] || rm -f "$begun"
    exit "$status"
}
installed | grep -vxF -f "$begun" | while read -r package; do made package "$package"; done
rm -f "$begun"
