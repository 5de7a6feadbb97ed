# Finishes an installation that was interrupted: what was unpacked since the installation began is installed anew, with the
# scripts of each package. What the installation brought is noted.
# Set before: nothing.
# shellcheck shell=sh disable=SC2154,SC2086
[ -e "$begun" ] || exit 0
since=$(stat -c %Y "$begun")
torn=$(rpm -qa --qf '%{INSTALLTIME} %{NAME} %{VERSION}-%{RELEASE}\n' | while read -r time name edition; do
    # In the version that is there: nothing is upgraded.
    if [ "$time" -ge "$since" ] && [ "$name" != gpg-pubkey ]; then exact "$name" "$edition"; fi
done)
[ -z "$torn" ] || again $torn || { sleep 5 && again $torn; } || exit
note_installed
