# Adds a PPA, with its key, to what apt knows: from Ubuntu's own list of PPAs.
# Set before: repository.
# shellcheck shell=sh disable=SC2154
command -v add-apt-repository >/dev/null || {
    get() { apt-get -y -q -o DPkg::Lock::Timeout=300 --no-install-recommends install software-properties-common; }
    get || { apt_lists && get; } || exit
    made package software-properties-common
}
made repository "$repository"
add-apt-repository -y -n "ppa:$repository"
apt_lists
