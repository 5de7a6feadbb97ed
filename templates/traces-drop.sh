# Takes out the files and directories that glusterctl made on this host, and at last its notes. A directory that holds
# anything stays, and so does a file that glusterctl did not write.
# Set before: files, marks (files of glusterctl's own, whatever they hold).
# shellcheck shell=sh disable=SC2154,SC2086
systemctl stop gluster-heal.service 2>/dev/null || :
for file in $files; do
    if is_ours "$file"; then rm "$file"; fi
    case $file in *.service.d/* | */glusterctl/*) rmdir "${file%/*}" 2>/dev/null || : ;; esac
done
rm -f $marks
systemctl daemon-reload
systemctl reset-failed 'gluster-*' 2>/dev/null || :
all_noted file | while IFS= read -r file; do
    case $file in /etc/glusterctl/*) rm -f "$file" ;; esac
    if is_ours "$file" || [ ! -s "$file" ]; then rm -f "$file"; fi
    case $file in *.service.d/*) rmdir "${file%/*}" 2>/dev/null || : ;; esac
done
all_noted directory | sort -r | while IFS= read -r directory; do
    grep -qF " $directory " /proc/self/mountinfo || rmdir "$directory" 2>/dev/null || :
done
rm -f /etc/glusterctl/made
rmdir /etc/glusterctl 2>/dev/null || :
