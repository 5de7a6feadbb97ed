# Installs packages in one transaction, and waits while another process holds dpkg's lock. The package lists may be old
# or missing, as on a fresh cloud image. Fetching the lists costs time, so they are fetched only if the installation
# fails without. What the transaction brings is noted.
# Set before: packages.
# shellcheck shell=sh disable=SC2154,SC2086,SC2016
get() {
    apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold --no-install-recommends install $packages
}
# apt-get waits for dpkg's lock, but not for the lock of the lists, which apt-daily holds on a machine that has just begun.
update() {
    seconds=300
    until said=$(apt-get -q update 2>&1); do
        case $said in *"lock /var/lib/apt/lists/"*) ;; *) seconds=0 ;; esac
        if [ "$seconds" -le 0 ]; then
            printf '%s\n' "$said" >&2
            return 1
        fi
        sleep 2
        seconds=$((seconds - 2))
    done
}
installed() { dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p'; }
before=$(installed)
# A mirror may fail once.
get || { update && get; } || { sleep 5 && update && get; } || exit
installed | grep -vxF -e "$before" | while read -r package; do made package "$package"; done
