# Adds a host to the trusted storage pool. The port is tried first: if a firewall drops the packets of a probe, Gluster
# blocks for two minutes, and the peer is left half added.
# Set before: name.
# shellcheck shell=sh disable=SC2154,SC2016
timeout 5 bash -c ': </dev/tcp/"$1"/24007' bash "$name" || {
    echo "$name does not answer on port 24007" >&2
    exit 1
}
gluster --mode=script --xml peer probe "$name"
