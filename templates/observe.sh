# Observes one host and changes nothing. The output is divided into sections, which src/facts parses.
# Set before: mark (begins a section's line), devices, existing (the UUIDs of file systems with bricks that somebody
# else made), claims (where somebody else mounts file systems for bricks), bricks (directories), mounts (mount points of volumes),
# directories (inside volumes), units, packages, programs (that a host without systemd needs), unit_files, hosts_templates, points (all mount points), others
# (NAME=ADDRESS of self-managed servers), lvm (yes if bricks are on LVM), patience (how many seconds a glusterd is waited for),
# ages (the bricks whose entries to heal are looked at), rooms (mount points of bricks whose room is looked at), tls (yes if
# connections are to be encrypted), version (of GlusterFS, if a certain one is wanted),
# firewall (the name of the cluster's chain of nftables, if ports are to be open), own_address, family (inet, or inet6
# if the hosts speak IPv6 to each other), heketi_mark (the last word of the line of authorized_keys that is glusterctl's for
# Heketi), heketi_user, heketi_key (of Heketi, if the key is to be authorised).
# shellcheck shell=sh disable=SC2154,SC2086,SC2012,SC2013
set +e

# Every process that a host starts counts: the shell itself does what it can.

# On a host that `glusterctl node` looks after, the process of `glusterctl node` notes itself, and the table of mounts is not
# /etc/fstab.
node=
program=
{ read -r node </run/glusterctl/node.pid; } 2>/dev/null
{ read -r program <"/proc/${node:-none}/comm"; } 2>/dev/null
[ "$program" = glusterctl ] || node=
fstab=/etc/fstab
home=/var/lib/glusterd
glusterd=
services=
if [ -n "$node" ]; then
    fstab=/run/glusterctl/fstab
    enabled=
    [ ! -e /run/glusterctl/glusterd.pid ] || glusterd=active
    [ ! -e /run/glusterctl/glusterd.wanted ] || enabled=enabled
    services="Id=glusterd.service
LoadState=loaded
ActiveState=$glusterd
UnitFileState=$enabled"
elif command -v systemctl >/dev/null; then
    services=$(systemctl show -p Id,LoadState,ActiveState,UnitFileState -- glusterd.service $units)
    # An empty line ends what is said of glusterd.
    case ${services%%"

"*} in *ActiveState=active*) glusterd=active ;; esac
fi

section() { printf '\n%s %s\n' "$mark" "$*"; }

# now: sets `now` to the seconds since the host was booted.
now() { read -r now _ </proc/uptime && now=${now%.*}; }

# kinds PATH…: what stat says of each path, a line for each path that answers within 5 s. No signal ends a stat while a
# volume's client waits for bricks that hang: nobody waits for such a stat, which ends once the client answers. The first
# question is about the file system, because attributes in the kernel's cache outlive the client for a second.
kinds() {
    for path in "$@"; do
        {
            said=$(stat -Lf "$path" 2>&1 >/dev/null &&
                if [ -d "$path" ]; then echo directory; else stat -Lc %F "$path" 2>&1; fi)
            printf '%s %s\n' "$path" "$said"
        } 2>/dev/null &
    done | timeout 5 cat
}

# kind PATH: sets `kind` to what stat said of the path, and to nothing if there was no answer.
kind() {
    while IFS= read -r kind; do
        case $kind in "$1 "*) kind=${kind#"$1 "} && return ;; esac
    done <<END
$answers
END
    kind=
}

# asked WORD…: what gluster answers. Nobody waits any longer once the time `end` has come. A glusterd that is starting, or that
# another is just taking into the pool, refuses without a word; one that was taken into a pool by half does so for ever.
refusals=4
asked() {
    now
    said=
    while [ "$((end - now))" -gt 0 ]; do
        said=$(timeout "$((end - now))" gluster --mode=script --xml "$@" 2>&1)
        case $said in *'<opRet>-22</opRet>'*'<opErrstr/>'*) ;; *) break ;; esac
        [ "$((refusals -= 1))" -gt 0 ] || break
        sleep 1
        now
    done
    printf '%s\n' "$said"
}

section host
while read -r key _ value _; do
    [ "$key" != Uid: ] || echo "uid=$value"
done </proc/self/status
for pair in init=/proc/1/comm machine_id=/etc/machine-id boot_id=/proc/sys/kernel/random/boot_id; do
    value=
    { read -r value <"${pair#*=}"; } 2>/dev/null
    printf '%s=%s\n' "${pair%%=*}" "$value"
done
who
if [ -n "$node" ]; then
    echo "node=yes"
    for program in $programs; do command -v "$program" >/dev/null || echo "lacks=$program"; done
    # Where glusterd's state is kept, if that is another directory; until that is bound over /var/lib/glusterd, what is seen
    # there is the image's.
    keeps=
    { read -r keeps </run/glusterctl/state-directory; } 2>/dev/null
    if [ -n "$keeps" ]; then
        echo "state=$keeps"
        inode() { stat -Lc %d:%i "$1" 2>/dev/null; }
        if [ "$(inode "$keeps")" = "$(inode /var/lib/glusterd)" ]; then echo "state_bound=yes"; else home=/run/glusterctl/none; fi
    fi
fi
section notes
for pair in maintenance rolling; do
    [ -e "/etc/glusterctl/$pair" ] || continue
    value=
    { read -r value <"/etc/glusterctl/$pair"; } 2>/dev/null
    printf '%s=%s\n' "$pair" "$value"
done
[ -e /etc/systemd/system/glusterd.service.d/glusterctl-maintenance.conf ] && echo held=yes
section files
# After each path and a colon, a line of the file.
grep -asH '' /etc/os-release /etc/hosts $hosts_templates "$fstab" $unit_files /etc/apt/preferences.d/glusterctl
section fstab_devices
known=" $(printf '%s ' $points)"
while read -r source target _; do
    case $known in *" ${target%/} "*) ;; *) continue ;; esac
    case $source in
    /dev/*) device=$source ;;
    # Without blkid's cache, which remembers disks that are gone.
    LABEL=* | PARTLABEL=* | PARTUUID=*) device=$(blkid -c /dev/null -l -o device -t "$source") ;;
    *) continue ;;
    esac
    [ -b "$device" ] && echo "$(number "$device") $source"
done <"$fstab"
show_mounts
section made
logins=$heketi_user
if [ -r /etc/glusterctl/made ]; then
    while IFS= read -r note; do
        printf '%s\n' "$note"
        case $note in "heketi-login $heketi_mark "*) [ "${note##* }" = "$heketi_user" ] || logins="$logins ${note##* }" ;; esac
    done </etc/glusterctl/made
fi
# The lines of authorized_keys that are glusterctl's for Heketi, and all others with Heketi's key.
if [ -n "$logins" ]; then
    section heketi_logins
    for login in $logins; do
        at=$(getent passwd "$login" | cut -d: -f6)
        [ -n "$at" ] || continue
        echo "user $login"
        awk -v user="$login" -v key="$heketi_key" -v mark="$heketi_mark" \
            '$NF == mark || key != "" && index($0, key) { print "line " user " " $0 }' "$at/.ssh/authorized_keys" 2>/dev/null
    done
fi
section units
printf '%s\n' "$services"
section packages
# A system of rpm's may have dpkg's programs, without a package.
if [ -s /var/lib/dpkg/status ]; then
    # Also the packages that an interrupted dpkg left half installed and that nobody asked about.
    dpkg-query -W -f '${Package} ${db:Status-Status} ${Version}\n' | packages=$packages awk '
        BEGIN { split(ENVIRON["packages"], asked); for (at in asked) wanted[asked[at]] }
        $1 in wanted || $2 ~ /^(half-installed|unpacked|half-configured)$/'
    for update in /var/lib/dpkg/updates/[0-9]*; do
        [ -e "$update" ] && echo "dpkg interrupted -"
    done
elif command -v rpm >/dev/null; then
    rpm -q --qf '%{NAME} installed %{VERSION}-%{RELEASE}\n' $packages 2>/dev/null | grep ' installed '
    # glusterctl notes that an installation has begun, and takes the note away when the installation has ended.
    [ -e /etc/glusterctl/installing ] && echo "rpm interrupted -"
fi
if [ -n "$version" ]; then
    section repositories
    cat /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/zypp/repos.d/* 2>/dev/null | sed 's/#.*//' | grep -E 'gluster|filesystems'
fi

if [ -n "$firewall" ]; then
    section firewall
    if firewall-cmd --state >/dev/null 2>&1; then
        # firewalld decides by the zone of the interface that packets come in through.
        interface=$(ip -o "-${six:-4}" addr show | own=$own_address awk '{ split($4, at, "/") } at[1] == ENVIRON["own"] { print $2; exit }')
        zone=$(firewall-cmd --get-zone-of-interface="$interface" 2>/dev/null) || zone=$(firewall-cmd --get-default-zone)
        printf 'kind=firewalld\nzone=%s\n' "$zone"
        firewall-cmd --zone="$zone" --list-rich-rules | sed 's/^/now=/'
        firewall-cmd --permanent --zone="$zone" --list-rich-rules | sed 's/^/kept=/'
    elif ufw status 2>/dev/null | grep -qxF 'Status: active'; then
        echo "kind=ufw"
        ufw show added | sed -n 's/^ufw /now=/p'
    elif [ -n "$(closed_chains)" ]; then
        echo "kind=nftables"
        closed_chains | while read -r closed; do
            echo "chain=$closed"
            opened "$closed" "$firewall" | closed=$closed awk '/ip6? saddr / { sub(/^[ \t]+/, ""); print "open=" ENVIRON["closed"] ": " $0 }'
        done
    elif "ip${six-}tables" -S INPUT 2>/dev/null | sed -n -e 1p -e '$p' | grep -qE -e '^-P INPUT DROP' -e '^-A INPUT -j (DROP|REJECT)'; then
        echo "kind=iptables"
    else
        echo "kind=none"
    fi
    section firewall script
    cat "/etc/glusterctl/$firewall.sh" 2>/dev/null
    section firewall drop-in
    cat "/etc/systemd/system/nftables.service.d/$firewall.conf" 2>/dev/null
fi

for device in $devices; do
    section "device $device"
    device "$device"
done

# carriers NUMBER: the numbers of the devices that the device lies on, such as the paths of a multipath device.
carriers() {
    for carrier in /sys/dev/block/"$1"/slaves/*/dev; do
        [ -e "$carrier" ] || continue
        read -r carrier <"$carrier"
        printf '%s ' "$carrier"
        carriers "$carrier"
    done
}

# What LVM says is parsed by src/facts/lvm.rs; a command that fails says nothing that could be parsed.
if [ "$lvm" = yes ]; then
    section kernel
    # LVM itself loads the module when a pool is activated.
    if [ -d /sys/module/dm_thin_pool ] || modprobe -n -q dm_thin_pool; then echo "thin_pool=yes"; else echo "thin_pool=no"; fi
    if command -v lvs >/dev/null; then
        section lvm pvs
        timeout 20 pvs --reportformat json -o pv_uuid,pv_name,vg_name,pv_major,pv_minor 2>/dev/null
        section lvm vgs
        timeout 20 vgs --reportformat json -o vg_name,vg_tags 2>/dev/null
        section lvm lvs
        timeout 20 lvs -a --reportformat json \
            -o vg_name,lv_name,lv_tags,lv_layout,origin,data_percent,metadata_percent 2>/dev/null
    fi
fi

section xfs
file_systems=$({
    # Without blkid's cache, which remembers disks that are gone.
    blkid -c /dev/null -t TYPE=xfs -s UUID
    for uuid in $existing; do blkid -c /dev/null -t "UUID=$uuid" -s UUID; done
} 2>/dev/null | while IFS=: read -r device uuid; do
    uuid=${uuid#*\"}
    uuid=${uuid%%\"*}
    in_progress=-
    is_ours "$uuid" && in_progress=$(unfinished "$device")
    number=$(number "$device")
    echo "$uuid $number $device $in_progress $(carriers "$number")"
done)
printf '%s\n' "$file_systems"
section snapshots
snapshots "$file_systems"

for claim in $claims; do
    section "claim $claim"
    printf 'mark=%s\n' "$(brick_mark "$claim")"
    printf 'holds=%s\n' "$(unmarked_holds "$claim")"
done
for brick in $bricks; do
    section "brick $brick"
    [ -d "$brick" ] && echo "exists=yes"
    [ -e "$brick.glusterctl-new" ] && echo "new=yes"
    for aside in "$brick".late*; do [ ! -e "$aside" ] || echo "late=$aside"; done
    value=$(getfattr -n trusted.glusterfs.volume-id -e hex --absolute-names "$brick" 2>/dev/null)
    case $value in *=0x*) echo "volume_id=${value##*=0x}" ;; esac
    # A `volume create` that failed leaves the volume's id, and empty directories.
    [ -z "$(find "$brick" -mindepth 1 ! -path "$brick/.glusterfs" ! -path "$brick/.glusterfs/*" -print -quit 2>&1)" ] &&
        [ -z "$(find "$brick" ! -type d -print -quit 2>&1)" ] && echo "bare=yes"
done

enforcing=
{ read -r enforcing </sys/fs/selinux/enforce; } 2>/dev/null
if [ "$enforcing" = 1 ]; then
    section selinux
    echo "enforcing=yes"
    for brick in $bricks; do
        [ -d "$brick" ] && printf 'label=%s %s\n' "$(stat -c %C "$brick" | cut -d: -f3)" "$brick"
    done
fi

# A mount whose FUSE client died or hangs still looks mounted; only a question to the client tells.
answers=$(kinds $mounts $directories)
for mount in $mounts; do
    section "mount $mount"
    kind "$mount"
    case $kind in
    directory)
        echo "kind=directory"
        # Only a bare mount point is looked into: listing a large volume takes long.
        case $mountinfo in
        *" $mount "*) ;;
        *) grep -qF " $mount " /proc/self/mountinfo || [ -z "$(ls -AU "$mount" | head -n 1)" ] || echo "holds=files" ;;
        esac
        ;;
    *"No such file"*) echo "kind=missing" ;;
    *"not connected"* | "")
        # A client that lives reconnects by itself, once bricks run.
        if has_client "$mount"; then echo "kind=disconnected"
        elif [ -n "$kind" ]; then echo "kind=dead"
        else printf 'kind=failing\nerror=no answer within 5 seconds\n'
        fi
        ;;
    *": "*) printf 'kind=failing\nerror=%s\n' "${kind##*: }" ;;
    *) echo "kind=other" ;;
    esac
done

section directories
for directory in $directories; do
    # Only "No such file" means that a directory is missing: a volume may not answer, or not just now.
    kind "$directory"
    case $kind in
    *"No such file"*) ;;
    *) echo "$directory" ;;
    esac
done

# A bind mount of the parent directory shows the bare mount point below a mount, in a mount namespace that ends with the
# command (not on /run, where mount(8) itself makes a directory).
# shellcheck disable=SC2016
unshare -m sh -c 'mark=$1
shift
bound=
for point in "$@"; do
    printf "\n%s bare %s\n" "$mark" "$point"
    parent=${point%/*}/
    if [ "$bound" != "$parent" ]; then
        [ -z "$bound" ] || umount /tmp || exit
        bound=
        mount --bind "$parent" /tmp || continue
        bound=$parent
    fi
    lsattr -d "/tmp/${point##*/}"
done' sh "$mark" $points 2>&1

section brick_processes
running_bricks

section heal_ages
now
end=$((now + 5))
for brick in $ages; do
    now
    [ "$now" -lt "$end" ] || break
    age=$(heal_age "$brick")
    [ -z "$age" ] || echo "$brick=$age"
done

section glusterd_state
# value KEY FILE: sets `value` to what the file says of the key.
value() {
    while IFS= read -r value || [ -n "$value" ]; do
        case $value in "$1="*) value=${value#*=} && return ;; esac
    done 2>/dev/null <"$2"
    value=
}
value UUID "$home/glusterd.info"
identity=$value
[ -z "$identity" ] || echo "uuid=$identity"
value operating-version "$home/glusterd.info"
[ -z "$value" ] || echo "version=$value"
volumes=
for volume in "$home"/vols/*; do
    [ -d "$volume" ] || continue
    volumes=yes
    value volume-id "$volume/info"
    echo "volume=${volume##*/} $value"
    is_complete "$volume" || echo "incomplete=${volume##*/}"
done

section quota_limits
[ -z "$volumes" ] || quota_limits

if [ "$family" = inet6 ]; then
    section family
    sed -n 's/^[[:space:]]*option[[:space:]]*transport.address-family[[:space:]]*/option=/p' /etc/glusterfs/glusterd.vol 2>/dev/null
    only=
    { read -r only </proc/sys/net/ipv6/bindv6only; } 2>/dev/null
    echo "only=$only"
    # glusterd's port, 24007, in the kernel's table of the sockets that listen (state 0A).
    grep -qsE '^ *[0-9]+: [0-9A-F]+:5DC7 [0-9A-F:]+ 0A ' /proc/net/tcp6 && echo "listens=inet6"
fi

secure=/var/lib/glusterd/secure-access
if [ "$tls" = yes ] || [ -e "$secure" ]; then
    section tls
    [ -e "$secure" ] && echo "secure=yes"
    place=$(tls_place)
    if [ -n "$place" ]; then
        echo "directory=$place"
        for kind in key pem ca; do [ -e "$place/glusterfs.$kind" ] && echo "file=$place/glusterfs.$kind"; done
        own=$place/glusterfs next=$place/glusterfs-next
        openssl verify -CAfile "$own.ca" -untrusted "$own.pem" "$own.pem" >/dev/null 2>&1 && echo "verified=yes"
        section tls own
        certificate "$own.pem" "$own.key"
        section tls own text
        first_certificate "$own.pem"
        section tls next
        certificate "$next.pem" "$next.key" "$own.key"
        section tls next text
        first_certificate "$next.pem"
        section tls trusted
        [ -e "$own.ca" ] && fingerprints "$own.ca"
    fi
fi

section moving
[ -z "$volumes" ] || grep -sHE '^(decommissioned=1|status=|rebalance_op=|rebalance-id=|failures=|skipped=)' \
    /var/lib/glusterd/vols/*/bricks/* /var/lib/glusterd/vols/*/node_state.info
section rooms
[ -z "$rooms" ] || df -B1 --output=target,used,avail $rooms 2>/dev/null

section peers_on_disk
for peer in "$home"/peers/*; do
    [ ! -f "$peer" ] || while IFS= read -r line || [ -n "$line" ]; do
        case $line in uuid=* | hostname[0-9]*=*) printf '%s\n' "$line" ;; esac
    done <"$peer"
done

# A glusterd without an identity is not asked: at the first question glusterd gives itself a new identity, and a later
# step may give glusterd its old identity back.
if [ -n "$identity" ] && [ -n "$glusterd" ] && command -v gluster >/dev/null; then
    now
    end=$((now + patience))
    section pool
    asked pool list
    section volumes
    asked volume info all
    if [ "$lvm" = yes ]; then
        section gluster_snapshots
        asked snapshot info
    fi
    # Of hosts that provision themselves, nobody but glusterd tells how full their bricks are, and how far Gluster has emptied
    # them. Each question takes the volume's lock for a moment, so that only one of the two is asked.
    if [ -n "$rooms" ] && [ -n "$others" ]; then
        all_emptied=
        for volume in /var/lib/glusterd/vols/*; do
            emptied=$(grep -lsxF decommissioned=1 "$volume"/bricks/* | while IFS= read -r brick; do
                printf '%s:%s\n' "$(sed -n 's/^hostname=//p' "$brick")" "$(sed -n 's/^path=//p' "$brick")"
            done)
            [ -n "$emptied" ] || continue
            all_emptied=yes
            section "removal ${volume##*/}"
            asked volume remove-brick "${volume##*/}" $emptied status
        done
        if [ -z "$all_emptied" ]; then
            section brick_rooms
            asked volume status all detail
        fi
    fi
fi
# glusterd answers questions from any host, but lets other hosts change nothing (--remote-host).
listening=
[ -z "$others" ] || listening=$(for other in $others; do
    { timeout 3 bash -c ": </dev/tcp/${other#*=}/24007" && echo "${other%%=*}"; } 2>/dev/null &
done | cat)
now
end=$((now + patience))
for other in $others; do
    section "self_managed ${other%%=*}"
    printf '%s\n' "$listening" | grep -qxF -e "${other%%=*}" || continue
    echo "listens=yes"
    command -v gluster >/dev/null || continue
    section "self_managed ${other%%=*} pool"
    asked --remote-host="${other#*=}" pool list
    section "self_managed ${other%%=*} volumes"
    asked --remote-host="${other#*=}" volume info all
done
section end
