# Installs packages in one transaction. What the transaction brings is noted.
# Set before: packages.
# shellcheck shell=sh disable=SC2154,SC2086
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
note_installed
