# own_bricks VOLUME: prints glusterd's definitions of the volume's bricks on this node, a file each.
# Set before: nothing.
# shellcheck shell=sh
own_bricks() {
    uuid=$(sed -n 's/^UUID=//p' /var/lib/glusterd/glusterd.info)
    grep -lsxF -e "uuid=$uuid" /var/lib/glusterd/vols/"$1"/bricks/*
}
