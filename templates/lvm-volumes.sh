# Makes what is missing of the brick's volume group, thin pool and thin volume, on the physical volume with the brick's UUID.
# What an interrupted run made is recognised by its name and by the brick's tag; whatever else is there is left alone.
# Set before: physical, group, tag, alignment, extent (both in KiB), pool, metadata, volume (the names of logical volumes).
# shellcheck shell=sh disable=SC2034,SC2154
# look NAME: sets `layout` to the layout of the group's logical volume with that name, or to nothing if there is none. When
# LVM makes a pool of a volume, the volume's tag goes to the pool's data.
look() {
    found=$(lvs -a --noheadings --separator '|' -o lv_name,lv_layout,lv_tags "$group" </dev/null |
        name=$1 awk -F '|' '
            { sub(/^ */, "") }
            $1 == ENVIRON["name"] { layout = $2 }
            $1 == ENVIRON["name"] || $1 == "[" ENVIRON["name"] "_tdata]" { tags = tags "," $3 }
            END { if (layout != "") print layout "|" tags }')
    layout=${found%%|*}
    [ -z "$found" ] || case ",${found#*|}," in
    *",$tag,"*) ;;
    *) left_alone "the logical volume $group/$1 does not have the brick's tag" ;;
    esac
}

physical_volume
[ -n "$of" ] || vgcreate -s "${extent}k" --addtag "$tag" "$group" "$disk" </dev/null
own_group

look "$volume"
[ -z "$layout" ] || left_alone "the thin volume $group/$volume is there already"
# The pool's metadata is 0.5 % of the group, and not more than LVM can use (just below 16 GiB); LVM keeps as much in spare, to
# repair the metadata with (lvmthin(7)). The pool gets all the rest.
total=$(count vg_extent_count)
small=$((total / 200 + 1))
[ $((small * extent)) -le 16515072 ] || small=$((16515072 / extent))
large=$((total - 2 * small))
look "$pool"
case $layout in
thin,pool) ;;
'' | linear)
    [ -n "$layout" ] ||
        lvcreate -a n -Z n -W n -l "$large" --addtag "$tag" -n "$pool" "$group" </dev/null
    look "$metadata"
    [ -n "$layout" ] || lvcreate -a n -Z n -W n -l "$small" --addtag "$tag" -n "$metadata" "$group" </dev/null
    # -y: the conversion asks whether the content of the two volumes may go. They were made for this, and never used.
    lvconvert -y --type thin-pool --chunksize "${alignment}k" -Z n --poolmetadata "$group/$metadata" "$group/$pool" </dev/null
    ;;
*) left_alone "the logical volume $group/$pool is $layout" ;;
esac
lvcreate --type thin -W n -V "$((large * extent))k" --thinpool "$group/$pool" --addtag "$tag" -n "$volume" "$group" </dev/null
# The file system is made on the new thin volume, which this script alone knows.
node=/dev/$group/$volume
number=$(stat -Lc '0x%t 0x%T' "$node")
sys=/sys/dev/block/$((${number% *})):$((${number#* }))
