# Adds a repository of openSUSE's Build Service to what zypper knows.
# Set before: repository (the project).
# shellcheck shell=sh disable=SC2154,SC1091
id=$(. /etc/os-release && printf %s "$ID")
series=$(. /etc/os-release && printf %s "$VERSION_ID")
case $id in *tumbleweed*) series=openSUSE_Tumbleweed ;; esac
export ZYPP_LOCK_TIMEOUT=300
made repository "$repository"
zypper lr "$repository" >/dev/null 2>&1 ||
    zypper -q -n addrepo -f "https://download.opensuse.org/repositories/$repository/$series/$repository.repo"
zypper -q -n --gpg-auto-import-keys refresh "$repository"
