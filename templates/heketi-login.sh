# What a login with Heketi's key runs: the command that Heketi sends, if it is one of the shapes below, and nothing otherwise.
# No shell reads the command: it is compared as a whole, and split at spaces. What Heketi sends is said by heketi/heketi,
# executors/cmdexec/{device,brick,volume,snapshot,peer,block_volume,cmdexec}.go, pkg/paths/paths.go, and how it is wrapped, as
# /bin/bash -c '…' with sudo before a login that is not root, by pkg/remoteexec/ssh/ssh.go.
# Set before: devices (of Heketi), servers (names and addresses), kept (volumes that Heketi may not change).
# shellcheck shell=sh disable=SC2154,SC2016
set -fu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 022

# refuse WHY: ends with a line for Heketi and a line for the log. Bytes that are not printable are not repeated.
refuse() {
    said=$(printf '%s' "${SSH_ORIGINAL_COMMAND-a shell}" | tr -c ' -~' '?' | cut -c 1-300)
    printf 'glusterctl: refused: %s\n' "$1" >&2
    if command -v logger >/dev/null; then logger -t glusterctl -p auth.warning -- "Heketi's key: refused: $1: $said" || :; fi
    exit 126
}

# has LIST WORD: whether the word is a line of the list.
has() { printf '%s\n' "$1" | grep -Fqx -e "$2"; }

text=${SSH_ORIGINAL_COMMAND-}
[ -n "$text" ] || refuse "this key gets no shell"
case $text in
*[!\ -~]*) refuse "the command has a byte that is not printable" ;;
"/bin/bash -c '"?*"'") ;;
*) refuse "Heketi sends its commands in another way" ;;
esac
text=${text#"/bin/bash -c '"}
text=$(printf '%s\n' "${text%"'"}" | sed "s/'\\\\''/'/g")
sudo=
case $text in "sudo "*)
    sudo="sudo -n"
    text=${text#sudo }
    ;;
esac

id='[0-9a-f]{32}'
group="vg_$id"
mapper="/dev/mapper/vg_$id-brick_$id"
point="/var/lib/heketi/mounts/vg_$id/brick_$id"
# Bricks of a cloned volume are where glusterd mounts snapshots.
snapshot="/(var/)?run/gluster/snaps/$id/brick[0-9]+"
brick="($point|$snapshot)/brick"
volume="$group/(brick_$id|tp_$id|${id}_0)"
device='/dev(/[A-Za-z0-9_:@+=-][A-Za-z0-9_.:@+=-]*)+'
name='[A-Za-z0-9][A-Za-z0-9_-]*'
host='[A-Za-z0-9][A-Za-z0-9.:-]*'
number='[0-9]{1,20}'
lvm='(/usr/sbin/lvm )?'
gluster="gluster --mode=script( --timeout=$number)?( --xml)?"
options="rw,inode64,noatime,nouuid"
shapes="mount
ls /var/lib/heketi/mounts/$group
mkdir -p $point
mkdir $brick
rmdir (/var/lib/heketi/mounts/$group|($point|$snapshot)(/brick)?)
umount ($point|$snapshot)(/brick)?
mount -o $options $mapper $point
chown :$number $brick
chmod 2775 $brick
mkfs\.xfs -i (size=512|maxpct=100) -n size=8192 $mapper
awk \"BEGIN \{print \\\\\"$mapper $point xfs $options 1 2\\\\\" >> \\\\\"/etc/fstab\\\\\"\}\"
sed -i\.save \"/brick_$id/d\" /etc/fstab
wipefs --all $device
${lvm}pvcreate (-qq )?--metadatasize=128M --dataalignment=[0-9]+[KM] '$device'
${lvm}pvremove (-qq )?'$device'
${lvm}vgcreate (-qq )?(--physicalextentsize=[0-9]+[KM] )?(--autobackup=[yn] )?$group $device
${lvm}vgremove (-qq )?$group
${lvm}vgdisplay -c $group
${lvm}pvs -o pv_name,pv_uuid,vg_name --reportformat=json $device
${lvm}vgs -o pv_name,pv_uuid,vg_name --reportformat=json $group
${lvm}(pvs|vgs|lvs) --reportformat json --units k
${lvm}lvs --noheadings --options=thin_count $volume
${lvm}lvcreate (-qq )?--autobackup=[yn] --poolmetadatasize ${number}K --chunksize [0-9]+[KM] --size ${number}K --thin $group/tp_$id --virtualsize ${number}K --name brick_$id
${lvm}lvremove --autobackup=[yn] -f $volume
(/usr/bin/)?udevadm info --query=symlink --name=$device
systemctl status glusterd
$gluster peer (probe|detach) $host
$gluster volume create $name( replica [0-9]+( arbiter 1)?| disperse-data [0-9]+ redundancy [0-9]+)?( $host:$brick)+
$gluster volume add-brick $name( $host:$brick)+
$gluster volume replace-brick $name $host:$brick $host:$brick commit force
$gluster volume (start|delete|stop) $name
$gluster volume stop $name force
$gluster volume rebalance $name start
$gluster volume set $name( [a-z][a-z0-9._-]* [A-Za-z0-9][A-Za-z0-9._:%,*/-]*)+
$gluster volume info( $name)? --xml
$gluster volume heal $name info --xml
$gluster snapshot list $name --xml
$gluster snapshot create tmpsnap_$id $name no-timestamp
$gluster snapshot (activate|deactivate|delete) tmpsnap_$id
$gluster snapshot clone $name tmpsnap_$id
$gluster snapshot config snap-max-hard-limit $number
gluster-block create $name/$name ha [0-9]+ auth (enable|disable) prealloc [A-Za-z0-9_-]+ $host(,$host)* [0-9]+GiB --json
gluster-block (delete|info) $name/$name --json
gluster-block list $name --json
gluster-block modify $name/$name size [0-9]+GiB --json"

# Heketi leaves spaces at the end of some commands.
# shellcheck disable=SC2086
set -- $text
text=$*
printf '%s\n' "$text" | grep -Eqx -e "$shapes" || refuse "Heketi sends no such command"

# The one command with words that have spaces in them.
case $text in "awk "*)
    program=$(printf '%s\n' "$text" | sed 's/^awk "//; s/"$//; s/\\"/"/g')
    # shellcheck disable=SC2086
    exec $sudo awk "$program" </dev/null
    ;;
esac

# shellcheck disable=SC2046
set -- $(printf '%s\n' "$text" | tr -d "\"'" | sed 's,^/usr/sbin/lvm ,,; s,^/usr/bin/,,')

# A device is one of Heketi's by whatever name: Heketi uses the links in /dev/disk, too.
own_device() {
    found=$(readlink -f "$1")
    for own in $devices; do
        [ "$(readlink -f "$own")" != "$found" ] || return 0
    done
    refuse "$1 is no device of Heketi's on this host"
}
own_volume() { ! has "$kept" "$1" || refuse "the volume $1 is not Heketi's to change"; }
own_server() { has "$servers" "$1" || refuse "$1 is no server of the cluster"; }

for word in "$@"; do
    case $word in
    /dev/mapper/*) ;;
    /dev/*) own_device "$word" ;;
    --name=/dev/*) own_device "${word#--name=}" ;;
    *:/*) own_server "${word%%:/*}" ;;
    esac
done
case $1 in
gluster)
    # The words from the first one that is no option.
    rest=$(printf '%s\n' "$text" | sed -E 's/^gluster( --[a-z]+(=[a-z0-9]+)?)+ //')
    IFS=' ' read -r kind verb one two _ <<END
$rest
END
    case "$kind $verb" in
    "peer "*) own_server "$one" ;;
    "volume info" | "volume heal") ;;
    "volume "* | "snapshot clone") own_volume "$one" ;;
    "snapshot create") own_volume "$two" ;;
    esac
    ;;
gluster-block)
    case $2 in list | info) ;; *) own_volume "${3%%/*}" ;; esac
    ;;
esac
# shellcheck disable=SC2086
exec $sudo "$@" </dev/null
