# quota_limits: prints the limits of quotas that the running bricks of this host carry: for each brick of a volume whose quota is
# on, a line `brick=VOLUME DIRECTORY`, and for each limit a line `limit=XATTR PATH`, with the path inside the volume. Gluster
# itself is not asked: its answer takes the volume's lock. glusterd's list of limits has, after a header of 37 bytes, 17 bytes for
# each limit: the gfid of the directory, and 1 for a limit of bytes.
# Set before: nothing.
# shellcheck shell=sh disable=SC2013
quota_limits() (
    infos=$(grep -lsx 'features.quota=on' /var/lib/glusterd/vols/*/info)
    [ -n "$infos" ] || return 0
    running=$(running_bricks)
    for info in $infos; do
        volume=${info%/info}
        list=$volume/quota.conf
        header=
        { read -r header <"$list"; } 2>/dev/null || :
        [ "$header" = 'GlusterFS Quota conf | version: v1.2' ] || continue
        # Each time that the quota is turned on, limits get another name: old ones may be left.
        version=$(sed -n 's/^quota-version=//p' "$info")
        attribute=trusted.glusterfs.quota.limit-set
        [ "${version:-0}" = 0 ] || attribute=$attribute.$version
        # A brick has a link for the gfid of each directory: 4b/3a/4b3a….
        links=$(tail -c +38 "$list" | od -A n -v -t x1 -w17 | tr -d ' ' |
            sed -n 's|^\(..\)\(..\)\(....\)\(....\)\(....\)\(....\)\(.\{12\}\)01$|\1/\2/\1\2\3-\4-\5-\6-\7|p')
        for brick in $(sed -n 's/^path=//p' "$volume"/bricks/* | sort -u); do
            printf '%s\n' "$running" | grep -qxF -e "$brick" || continue
            root=$(cd -P "$brick" && pwd) || continue
            printf 'brick=%s %s\n' "${volume##*/}" "$brick"
            for link in $links; do
                cd -P "$brick/.glusterfs/$link" 2>/dev/null || continue
                value=$(getfattr -n "$attribute" -e hex . 2>/dev/null | sed -n 's/^trusted.glusterfs.quota.limit-set[.0-9]*=0x//p')
                path=${PWD#"$root"}
                [ -z "$value" ] || printf 'limit=%s %s\n' "$value" "${path:-/}"
            done
        done
    done
)
