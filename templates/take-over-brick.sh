# Replaces a brick of a volume by a new brick, after a last look whether the other bricks hold everything. Gluster replaces
# bricks with force only; the files on the old brick stay where they are.
# Set before: volume, old, new.
# shellcheck shell=sh disable=SC2154
heal_gate "$volume" 30
gluster --mode=script --xml volume replace-brick "$volume" "$old" "$new" commit force
