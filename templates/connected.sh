# Waits until all bricks of the volume are connected, healed and seen by all clients again, after a host has come back.
# Set before: volume.
# shellcheck shell=sh disable=SC2154
heal_gate "$volume" 60
