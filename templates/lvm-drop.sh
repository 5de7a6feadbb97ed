# Takes the brick's thin volume, thin pool and volume group away. The physical volume stays. A logical volume that was not
# made for the brick keeps all of them, and so does a volume that is in use.
# Set before: group, pool, metadata, volume (the names of logical volumes).
# shellcheck shell=sh disable=SC2154
physical_volume
if [ -n "$of" ]; then
    own_group
    names=$(lvs -a --noheadings -o lv_name "$group" </dev/null | tr -d ' ')
    others=$(printf '%s\n' "$names" | grep -vxF -e "$volume" -e "$pool" -e "$metadata" \
        -e "[${pool}_tdata]" -e "[${pool}_tmeta]" -e '[lvol0_pmspare]' | grep . || :)
    [ -z "$others" ] || left_alone "the volume group $group has other logical volumes: $others"
    for name in "$volume" "$pool" "$metadata"; do
        # -y: it asks whether an active volume may go.
        ! printf '%s\n' "$names" | grep -qxF -e "$name" || lvremove -y "$group/$name" </dev/null
    done
    vgremove "$group" </dev/null
fi
