# Closes the ports that glusterctl opened for the cluster, as noted, in whatever firewall it was.
# Set before: cluster, chain, drop_in_path, script_path, ufw_ports.
# shellcheck shell=sh disable=SC2154,SC2086
all_noted firewall | while read -r of kind first second; do
    [ "$of" = "$cluster" ] || continue
    case $kind in
    firewalld) ! command -v firewall-offline-cmd >/dev/null || change_rules "$first" --remove-rich-rule "$second" ;;
    ufw) ! command -v ufw >/dev/null || ufw delete allow from "$first" to any port "$ufw_ports" proto tcp >/dev/null ;;
    nftables)
        rm -f "$drop_in_path" "$script_path"
        rmdir "${drop_in_path%/*}" 2>/dev/null || :
        systemctl daemon-reload
        # The chain goes once no rule jumps to it any more.
        ! command -v nft >/dev/null || nft -a list ruleset | awk -v chain="$chain" '
            $1 == "table" { table = $2 " " $3 }
            $1 == "chain" { at = table " " $2 }
            $1 == "chain" && $2 == chain { chains = chains "flush chain " at "\ndelete chain " at "\n" }
            $1 == "jump" && $2 == chain { print "delete rule " at " handle " $NF }
            END { printf "%s", chains }' | nft -f -
        ;;
    esac
done
sed -i "/^firewall $cluster /d" /etc/glusterctl/made
