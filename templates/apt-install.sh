# Installs packages in one transaction, and waits while another process holds dpkg's lock. The package lists may be old
# or missing, as on a fresh cloud image. Fetching the lists costs time, so they are fetched only if the installation
# fails without.
# Set before: packages.
# shellcheck shell=sh disable=SC2154,SC2086
get() {
    apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold --no-install-recommends install $packages
}
get || { apt-get -q -o DPkg::Lock::Timeout=300 update && get; }
