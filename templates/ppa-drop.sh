# Takes away a PPA that glusterctl added.
# Set before: repository.
# shellcheck shell=sh disable=SC2154
if command -v add-apt-repository >/dev/null; then add-apt-repository -y -n --remove "ppa:$repository"; fi
