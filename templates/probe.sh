# Adds a host to the trusted storage pool. A probe of a port that a firewall drops blocks Gluster for two minutes and
# leaves half a peer: so the port is tried first.
# Set before: name.
# shellcheck shell=sh disable=SC2154,SC2016
timeout 10 bash -c ': </dev/tcp/"$1"/24007' bash "$name" || {
    echo "$name does not answer on port 24007: is a firewall in between?" >&2
    exit 1
}
gluster --mode=script --xml peer probe "$name"
