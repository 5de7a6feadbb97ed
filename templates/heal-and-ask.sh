# Starts an index heal of a volume, and prints what is left to heal, in XML. While a brick is not connected, Gluster calls
# the heal of the other bricks unsuccessful (measured): only the list says what is left.
# Set before: volume.
# shellcheck shell=sh disable=SC2154
timeout 60 gluster --mode=script volume heal "$volume" >/dev/null 2>&1 || :
gluster --mode=script --xml volume heal "$volume" info
