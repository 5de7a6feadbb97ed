# Raises the operating version of the cluster to the highest that all servers know. Gluster refuses while a client is
# connected that is too old.
# Set before: nothing.
# shellcheck shell=sh
known() {
    gluster --mode=script volume get all "$1" | awk -v key="$1" '$1 == key { print $2 }'
}
now=$(known cluster.op-version)
most=$(known cluster.max-op-version)
echo "the operating version is $now, and all servers know ${most:?Gluster does not say}"
[ "${now:?Gluster does not say}" -ge "$most" ] || gluster --mode=script volume set all cluster.op-version "$most"
