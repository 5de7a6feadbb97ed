# left_alone WHY…: ends the script, because something is not as it was. count FIELD: prints a field of the brick's volume
# group. physical_volume: sets `disk` to the physical volume with the brick's UUID, and `of` to the volume group that the
# physical volume is in, if any. own_group: ends the script unless the group was made for the brick, and has no other physical
# volume. Every LVM command gets an empty standard input, and answers its own questions with no.
# Set before: device, physical (the UUID of the physical volume), group, tag.
# shellcheck shell=sh disable=SC2034,SC2154
export LVM_SUPPRESS_FD_WARNINGS=1
left_alone() {
    echo "$device is not as it was when it was looked at: $*. It was left alone." >&2
    exit 1
}
count() { vgs --noheadings -o "$1" "$group" </dev/null | tr -d ' '; }
physical_volume() {
    found=$(pvs --noheadings --separator '|' -o pv_uuid,vg_name,pv_name </dev/null | sed -n "s/^ *$physical|//p")
    disk=${found#*|}
    of=${found%%|*}
    [ "$(printf '%s\n' "$found" | grep -c .)" = 1 ] || left_alone "LVM does not see one physical volume $physical"
    case $of in
    '' | "$group") ;;
    *) left_alone "the physical volume is in the volume group $of" ;;
    esac
}
own_group() {
    case ",$(count vg_tags)," in
    *",$tag,"*) ;;
    *) left_alone "the volume group $group does not have the brick's tag" ;;
    esac
    [ "$(count pv_count)" = 1 ] || left_alone "the volume group $group has other physical volumes, too"
}
