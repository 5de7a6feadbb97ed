# Finishes an installation that was interrupted. dpkg itself does not wait while another process holds dpkg's lock. A
# package that dpkg cannot configure, because its dependencies were not unpacked yet, is mended by apt, which fetches
# the dependencies. A package whose reinstallation was interrupted has to be named (measured: --fix-broken alone leaves
# the package "in a very bad inconsistent state").
# Set before: nothing.
# shellcheck shell=sh disable=SC2016,SC2086
tries=150
until said=$(dpkg --force-confold --configure -a 2>&1); do
    case $said in *'is locked'* | *'was locked'*) ;; *) break ;; esac
    tries=$((tries - 1))
    [ "$tries" != 0 ] || { echo "$said" >&2; exit 1; }
    sleep 2
done
torn=$(dpkg-query -W -f '${db:Status-Eflag} ${binary:Package}\n' | sed -n 's/^reinstreq //p')
mend() {
    apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold --no-remove --fix-broken --reinstall \
        install $torn
}
mend || { apt-get -q -o DPkg::Lock::Timeout=300 update && mend; } || {
    printf '%s\n' "$said" | tail -n 20 >&2
    exit 1
}
