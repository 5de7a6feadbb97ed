# Erases the packages that glusterctl installed, as noted, if nothing else needs any of them.
# Set before: nothing.
# shellcheck shell=sh disable=SC2086
here=$(rpm -qa --qf '%{NAME}\n')
ours=$(all_noted package | grep -xF -e "$here" || :)
if [ -z "$ours" ]; then exit 0; fi
if ! said=$(rpm -e --test $ours 2>&1); then
    printf 'other packages need these packages; nothing was erased\n%s\n' "$said" >&2
    exit 1
fi
rpm -e $ours
