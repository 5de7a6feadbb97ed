# What scripts share that install with rpm, which does not note what an interrupted transaction left half done: begun has what was
# installed before. installed: prints what is installed. note_installed: notes what the transaction brought, and that it has ended.
# Set before: nothing.
# shellcheck shell=sh disable=SC2034
begun=/etc/glusterctl/installing
installed() { rpm -qa --qf '%{NAME}\n' | grep -vxF gpg-pubkey | sort -u; }
note_installed() {
    installed | grep -vxF -f "$begun" | while read -r package; do made package "$package"; done
    rm -f "$begun"
}
