# Purges the packages that glusterctl installed, as noted, if nothing else needs any of them.
# Set before: nothing.
# shellcheck shell=sh disable=SC2016,SC2086
here=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n -e 's/^installed //p' -e 's/^config-files //p')
ours=$(all_noted package | grep -xF -e "$here" || :)
if [ -z "$ours" ]; then exit 0; fi
others=$(apt-get -s -q purge $ours | sed -n 's/^Purg \([^ ]*\).*/\1/p; s/^Remv \([^ ]*\).*/\1/p' | grep -vxF -e "$ours" || :)
if [ -n "$others" ]; then
    echo "other packages need these packages: $(printf '%s ' $others); nothing was purged" >&2
    exit 1
fi
apt-get -y -q -o DPkg::Lock::Timeout=300 purge $ours
