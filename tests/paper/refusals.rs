//! The texts that the inventory reader must refuse: every message says what is wrong, where, and what to write instead.

use glusterctl::inventory::{self, Report};

/// A refused text, the place of its first problem (line:column), and words of what is said about it.
type Refusal = (&'static str, &'static str, &'static [&'static str]);

/// Whole inventories.
#[rustfmt::skip]
const INVENTORIES: &[Refusal] = &[
    // What is no YAML, or no inventory.
    ("cluster:kube\nhosts: []\n", "2:6", &["not valid YAML", "a space after each colon"]),
    ("cluster: kube\nhosts: [\n", "2:8", &["`[` is never closed", "add the closing bracket"]),
    ("hosts:\n  - {name: a\n  - {name: b}\n", "2:5", &["`{` is never closed"]),
    ("hosts:\n  - {name: a, devices: [b]\n  - {name: b}\n", "3:3", &["a bracket above here is still open"]),
    ("cluster: \"kube\nhosts: []\n", "2:1", &["quote above here is still open"]),
    ("cluster: *kube\n", "1:10", &["no `&name` before it"]),
    ("cluster: @kube\n", "1:10", &["@ cannot stand here", "single quotes"]),
    ("hosts: &h [*h]\n", "1:12", &["contain itself", "write the value out"]),
    ("%YAML 1.2\n---\ncluster: kube\n", "1:1", &["a YAML directive", "remove this line"]),
    ("cluster: !!str kube\n", "1:16", &["a YAML tag has no meaning", "remove the tag"]),
    ("cluster: kube\n---\ncluster: kube\n", "2:1", &["a single YAML document"]),
    ("[]", "1:1", &["the inventory is written as a block of keys", "this is a list"]),
    ("kube", "1:1", &["the inventory is written as a block of keys", "this is a single value"]),
    ("cluster: kube\nhosts: []\n? [a]\n: b\n", "2:8", &["there is no host"]),
    ("cluster: kube\n? [a]\n: b\nhosts: []\n", "2:3", &["a key is a single word"]),
    ("cluster: kube\ncluster: kube\nhosts: []\n", "2:1", &["`cluster` is there twice", "keep one of the two"]),
    // Keys.
    ("clutser: kube\nhosts: []\n", "1:1", &["no key `clutser`", "did you mean `cluster`?"]),
    ("cluster: kube\nnodes: []\n", "2:1", &["did you mean `hosts`?"]),
    ("cluster: kube\nwhatever: []\nhosts: []\n", "2:1", &["not known", "`cluster`, `connection`, `ssh`"]),
    ("hosts: []\n<<: {a: b}\ncluster: a", "1:8", &["there is no host"]),
    ("cluster: kube\n", "1:1", &["needs `hosts`", "add `hosts: [{name: kube1,"]),
    ("hosts: []\n", "1:1", &["needs `cluster`", "add `cluster: kube`"]),
    ("cluster:\nhosts: []\n", "1:1", &["`cluster` has no value", "remove the key"]),
    ("cluster: kube\nhosts: []\n", "2:8", &["there is no host"]),
    ("cluster: kube\nhosts: {name: a}\n", "2:8", &["hosts are written as a list"]),
    ("cluster: kube\nhosts: [kube1]\n", "2:9", &["a host is written as a block of keys"]),
    ("cluster: kube\ndefaults: {devices: [{path: /dev/b, wipe: ext4 8f3c}]}\nhosts:\n  - {name: a, address: 198.51.100.1}\n", "2:43", &["`wipe` cannot stand below `defaults`", "hosts that do not exist yet", "of the one host"]),
    // Encryption.
    ("tls: true\ncluster: kube\nhosts: []\n", "1:6", &["`tls` is written as a block of keys"]),
    ("tls: {io: true}\ncluster: kube\nhosts: []\n", "1:7", &["`tls` needs `certificates`", "add `certificates: made`"]),
    ("tls: {certificates: mad}\ncluster: kube\nhosts: []\n", "1:21", &["`mad` cannot be `certificates`", "did you mean `made`?"]),
    ("tls: {certificates: made, io: on}\ncluster: kube\nhosts: []\n", "1:31", &["`on` cannot be `io`", "`true` or `false`"]),
    ("tls: {certificates: made, mgmt: true}\ncluster: kube\nhosts: []\n", "1:27", &["no key `mgmt`", "`certificates`, `io` and `management`"]),
    ("tls: {certificates: made, io: false, management: false}\ncluster: kube\nhosts: []\n", "1:7", &["`tls` encrypts nothing", "one of the two"]),
    ("tls: {certificates: made}\ncluster: kube\nconnection: local\nhosts: [{name: a, address: 198.51.100.1, devices: [/dev/b]}]\n", "1:7", &["a provisions itself", "`certificates: given`"]),
    ("tls: {certificates: made}\ncluster: kube\nhosts: [{name: a, address: 198.51.100.1, devices: [/dev/b]}]\nvolumes: [{name: gv0, type: distribute, mount: /d, options: {client.ssl: 'on'}}]\n", "4:18", &["`client.ssl` of volume gv0 say the same thing twice", "remove the option"]),
    // Hosts without an address.
    ("cluster: kube\nconnection: local\nhosts: [{name: a, address: dns, devices: [/dev/b]}]\nvolumes: [{name: gv0, type: distribute, mount: /d, auth_allow: hosts}]\n", "4:64", &["`auth_allow: hosts` needs hosts whose addresses stay", "NetworkPolicy"]),
    // Names.
    ("cluster: Kube_1\nhosts: []\n", "1:10", &["`Kube_1` cannot be a cluster name", "for example `kube-1`"]),
    ("cluster: [a]\nhosts: []\n", "1:10", &["a cluster name is a single value", "this is a list"]),
];

/// One host, in an inventory of one; its first key is at 3:6.
#[rustfmt::skip]
const HOSTS: &[Refusal] = &[
    ("name: 'a b', address: 198.51.100.1, devices: [/dev/b]", "3:12", &["cannot be a host's name", "`a-b`"]),
    ("name: -rf, address: 198.51.100.1, devices: [/dev/b]", "3:12", &["`-rf` cannot be a host's name"]),
    ("name: \"a\\nb\", address: 198.51.100.1, devices: [/dev/b]", "3:12", &["`a\\nb` cannot be a host's name"]),
    ("name: $(id), address: 198.51.100.1, devices: [/dev/b]", "3:12", &["`$(id)` cannot be a host's name"]),
    ("name: kubé, address: 198.51.100.1, devices: [/dev/b]", "3:12", &["`kubé` cannot be a host's name"]),
    ("name: localhost, address: 198.51.100.1, devices: [/dev/b]", "3:12", &["a name of its own"]),
    ("name: a, address: dns, devices: [/dev/b]", "3:24", &["`address: dns` needs `connection: local`", "write the host's address"]),
    ("name: a, address: a.example, devices: [/dev/b]", "3:24", &["cannot be a host's address", "`address: dns`"]),
    ("name: 198.51.100.1, address: 198.51.100.1, devices: [/dev/b]", "3:12", &["not an address or a number"]),
    ("address: 198.51.100.1, devices: [/dev/b]", "3:6", &["a host needs `name`", "add `name: kube1`"]),
    ("name: a, devices: [/dev/b]", "3:6", &["a host needs `address`"]),
    ("name: a, ip: 198.51.100.1, devices: [/dev/b]", "3:15", &["no key `ip`", "did you mean `address`?"]),
    ("name: a, address: 127.0.0.1, devices: [/dev/b]", "3:24", &["loopback"]),
    ("name: a, address: 0.0.0.0, devices: [/dev/b]", "3:24", &["any address"]),
    ("name: a, address: 224.0.0.1, devices: [/dev/b]", "3:24", &["multicast"]),
    ("name: a, address: 169.254.0.1, devices: [/dev/b]", "3:24", &["link-local"]),
    ("name: a, address: 255.255.255.255, devices: [/dev/b]", "3:24", &["broadcast"]),
    ("name: a, address: 'fe80::1', devices: [/dev/b]", "3:24", &["link-local"]),
    ("name: a, address: 'fe80::1%eth0', devices: [/dev/b]", "3:24", &["link-local"]),
    ("name: a, address: '::1', devices: [/dev/b]", "3:24", &["loopback"]),
    ("name: a, address: '::', devices: [/dev/b]", "3:24", &["any address"]),
    ("name: a, address: 'ff02::1', devices: [/dev/b]", "3:24", &["multicast"]),
    ("name: a, address: '::ffff:198.51.100.1', devices: [/dev/b]", "3:24", &["write the IPv4 address"]),
    ("name: a, address: '2001:db8::1/64', devices: [/dev/b]", "3:24", &["the address alone without the length", "`address: 2001:db8::1`"]),
    ("name: a, address: '[2001:db8::1]:22', devices: [/dev/b]", "3:24", &["the address alone: `address: 2001:db8::1`, and `ssh: {port: 22}`"]),
    ("name: a, address: '2001:db8:::1', devices: [/dev/b]", "3:24", &["for example 198.51.100.11 or 2001:db8::11"]),
    ("name: a, address: 2001:db8::1, connection: local, devices: [/dev/b]", "3:6", &["`connection: local` needs IPv4 addresses"]),
    ("name: a, address: 2001:db8::1, devices: [/dev/b]}\n  - {name: b, address: 198.51.100.1, devices: [/dev/b]", "4:24", &["the hosts have IPv4 and IPv6 addresses", "IPv4 here", "IPv6 here", "write the IPv6 address of every host"]),
    ("name: a, address: 198.51.100.1/24, devices: [/dev/b]", "3:24", &["without the length"]),
    ("name: a, address: '198.51.100.1:22', devices: [/dev/b]", "3:24", &["the address alone: `address: 198.51.100.1`, and `ssh: {port: 22}`"]),
    ("name: a, address: 198.51.100.01, devices: [/dev/b]", "3:24", &["without leading zeros"]),
    ("name: a, address: kube1, devices: [/dev/b]", "3:24", &["write the host's address"]),
    ("name: a, address: 198.51.100.1, role: sever, devices: [/dev/b]", "3:44", &["did you mean `server`?"]),
    ("name: a, address: 198.51.100.1, zone: Rack 1, devices: [/dev/b]", "3:44", &["`rack-1`"]),
    ("name: a, address: 198.51.100.1", "3:6", &["a is a server without devices", "`role: client`"]),
    ("name: a, address: 198.51.100.1, devices: []", "3:47", &["a is a server without devices"]),
    ("name: a, address: 198.51.100.1, devices: /dev/b", "3:47", &["devices are written as a list"]),
    ("name: a, address: 198.51.100.1, devices: [b]", "3:48", &["`b` cannot be a device", "`/dev/b`"]),
    ("name: a, address: 198.51.100.1, devices: [/b]", "3:48", &["below /dev"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/../b]", "3:48", &["'/../'"]),
    ("name: a, address: 198.51.100.1, devices: [\"/dev/a'b\"]", "3:48", &["must not contain '\\''"]),
    ("name: a, address: 198.51.100.1, devices: [{path: /dev/b, wipe: true}]", "3:69", &["`true` does not name what may go", "an answer names nothing", "`wipe: \"ext4 8f3c"]),
    ("name: a, address: 198.51.100.1, devices: [{path: /dev/b, wipe: false}]", "3:69", &["`false` does not name what may go", "leave the key out"]),
    ("name: a, address: 198.51.100.1, devices: [{path: /dev/b, wipe: 'true'}]", "3:69", &["`true` does not name what may go"]),
    ("name: a, address: 198.51.100.1, devices: [{path: /dev/b, wipe: ext4}]", "3:69", &["one word is not enough"]),
    ("name: a, address: 198.51.100.1, devices: [{path: /dev/b, wipe: ''}]", "3:69", &["nothing is named here"]),
    ("name: a, address: 198.51.100.1, devices: [{wipe: ext4 8f3c}]", "3:49", &["a device needs `path`"]),
    ("name: a, address: 198.51.100.1, devices: [{path: /dev/b, heketi: true, wipe: ext4 8f3c}]", "3:77", &["`wipe` does not go with `heketi`", "neither formats nor erases"]),
    ("name: a, address: 198.51.100.1, devices: [{path: /dev/b, heketi: true, brick: /b}]", "3:77", &["`brick` does not go with `heketi`"]),
    ("name: a, address: 198.51.100.1, devices: [{path: /dev/b, heketi: maybe}]", "3:71", &["`heketi`", "`true` or `false`"]),
    ("name: a, address: 198.51.100.1, devices: [{heketi: true}]", "3:49", &["a device needs `path`"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b, {path: /dev/b, heketi: true}]", "3:48", &["/dev/b is there twice", "a device is Heketi's"]),
    ("name: a, address: 198.51.100.1, devices: [{path: /dev/b, heketi: true}, {path: /dev/b, heketi: true}]", "3:85", &["/dev/b is there twice"]),
    ("name: a, address: 198.51.100.1, role: client, devices: [{path: /dev/b, heketi: true}]", "3:61", &["a is a client with devices"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b, /dev/b]", "3:56", &["/dev/b is there twice", "first here"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b/d, /dev/c/d]", "3:58", &["are both called d", "{path: /dev/c/d, name: d-2}"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b, {path: /dev/c, name: b}]", "3:63", &["/dev/b and /dev/c are both called b"]),
    ("name: a, address: 198.51.100.1, devices: [{path: /dev/b, name: 'b:c'}]", "3:69", &["`b:c` cannot be a brick's name"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/.b]", "3:48", &["needs a name of its own", "{path: /dev/.b, name: vdb}"]),
    ("name: a, address: 198.51.100.1, role: client, devices: [/dev/b]", "3:61", &["a is a client with devices"]),
    ("name: a, address: 198.51.100.1, role: client", "3:6", &["no host is a server"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b], ssh: {port: 0}", "3:69", &["from 1 to 65535"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b], ssh: {port: '22'}", "3:69", &["without quotes"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b], ssh: {port: 022}", "3:69", &["`022` cannot be a port"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b], ssh: {user: -oProxyCommand=x}", "3:69", &["be a login"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b], ssh: {host: -oProxyCommand=x}", "3:69", &["where SSH"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b], ssh: {identity_file: id}", "3:78", &["begins with `/`"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b], ssh: {host_keys: ask}", "3:74", &["`strict`"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b], ssh: {host_key: \"SHA256:q3V1yQv\"}", "3:73", &["this is a fingerprint"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b], ssh: {identity_file: /%h}", "3:78", &["none of %"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b], connection: locl", "3:69", &["did you mean `local`?"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b], ssh: {become: su}", "3:71", &["`sudo` or `none`"]),
    ("name: a, address: 198.51.100.1, devices: [/dev/b], ssh: {sudo: true}", "3:63", &["did you mean `become`?"]),
];

/// One volume, on three servers with a device each; its first key is at 7:6.
#[rustfmt::skip]
const VOLUMES: &[Refusal] = &[
    ("replica: 3, mount: /data", "7:6", &["a volume needs `name`"]),
    ("name: gv0, mount: /data", "7:6", &["a volume needs `replica`", "add `replica: 3`"]),
    ("name: gv0, replica: 3", "7:6", &["a volume needs `mount`", "add `mount: /data`"]),
    ("name: all, replica: 3, mount: /data", "7:12", &["choose another"]),
    ("name: g$v, replica: 3, mount: /data", "7:12", &["letters, digits, '-' and '_'"]),
    ("name: gv0, replica: 1, mount: /data", "7:26", &["from 2 to 16"]),
    ("name: gv0, replica: three, mount: /data", "7:26", &["`three` cannot be `replica`"]),
    ("name: gv0, replica: 3.0, mount: /data", "7:26", &["`3.0` cannot be `replica`"]),
    ("name: gv0, replica: 4, mount: /data", "7:26", &["replica 4 needs 4 servers", "`replica: 3`"]),
    ("name: gv0, replica: 2, mount: /data", "7:26", &["3 bricks cannot form sets of 2", "add 1 device or remove 1"]),
    ("name: gv0, replica: 3, arbiter: 2, mount: /data", "7:38", &["from 0 to 1"]),
    ("name: gv0, type: disperse, replica: 3, mount: /data", "7:42", &["`replica` does not go with `type: disperse`", "`type: replicate`"]),
    ("name: gv0, type: distribute, replica: 3, mount: /data", "7:44", &["`replica` does not go with `type: distribute`", "`type: replicate`"]),
    ("name: gv0, type: distribute, arbiter: 1, mount: /data", "7:44", &["`arbiter` does not go with `type: distribute`"]),
    ("name: gv0, type: replicate, disperse: {data: 2, redundancy: 1}, mount: /data", "7:44", &["`disperse` does not go with `type: replicate`", "`type: disperse`"]),
    ("name: gv0, replica: 3, disperse: {data: 2, redundancy: 1}, mount: /data", "7:26", &["`replica` does not go with `disperse`", "keep `replica` or `disperse`"]),
    ("name: gv0, type: replicate, mount: /data", "7:6", &["a volume needs `replica`"]),
    ("name: gv0, type: disperse, mount: /data", "7:6", &["a volume needs `disperse`", "add `disperse: {data: 4, redundancy: 2}`"]),
    ("name: gv0, type: distributed-replicate, replica: 3, mount: /data", "7:23", &["follows from the number", "`type: replicate`"]),
    ("name: gv0, type: distributed-disperse, mount: /data", "7:23", &["`type: disperse`"]),
    ("name: gv0, type: stripe, mount: /data", "7:23", &["`distribute`, `replicate` or `disperse`"]),
    ("name: gv0, disperse: {data: 2, redundancy: 2}, mount: /data", "7:49", &["more data than redundancy", "of 4 bricks, at most 1 can be redundancy", "recommended are 2 + 1, 4 + 2, 8 + 3, 8 + 4"]),
    ("name: gv0, disperse: {data: 1, redundancy: 1}, mount: /data", "7:34", &["from 2 to 16"]),
    ("name: gv0, disperse: {data: 2, redundancy: 0}, mount: /data", "7:49", &["from 1 to 15"]),
    ("name: gv0, disperse: {data: 2}, mount: /data", "7:28", &["`disperse` needs `redundancy`"]),
    ("name: gv0, disperse: 6, mount: /data", "7:27", &["`disperse` has two numbers, each with its key"]),
    ("name: gv0, disperse: {data: 4, redundancy: 2}, mount: /data", "7:27", &["disperse data 4 redundancy 2 needs 6 servers", "there are 3 servers", "or write `disperse: {data: 2, redundancy: 1}`"]),
    ("name: gv0, disperse: {data: 4, redundancy: 2}, allow_same_host: true, mount: /data", "7:27", &["3 bricks cannot form sets of 6", "add 3 devices, so that there is one set"]),
    ("name: gv0, replica: 3, allow_same_host: yes, mount: /data", "7:46", &["`true` or `false`"]),
    ("name: gv0, replica: 3, bricks: {hosts: [kube1, kube4, kube3]}, mount: /data", "7:53", &["there is no server `kube4`", "did you mean `kube1`?"]),
    ("name: gv0, replica: 3, bricks: {devices: [vdc]}, mount: /data", "7:48", &["there is no device `vdc`", "`vdb`"]),
    ("name: gv0, replica: 3, bricks: {devices: [/dev/vdb]}, mount: /data", "7:48", &["`/dev/vdb` cannot be a brick's name"]),
    ("name: gv0, replica: 3, bricks: {hosts: []}, mount: /data", "7:45", &["`bricks` names no hosts", "without the key, all hosts carry the volume"]),
    ("name: gv0, replica: 3, bricks: {hosts: [kube1, kube1]}, mount: /data", "7:53", &["kube1 is there twice"]),
    ("name: gv0, replica: 3, bricks: {hosts: [kube1, kube2]}, mount: /data", "7:26", &["replica 3 needs 3 servers", "there are 2 servers below `bricks`", "name more hosts below `bricks`"]),
    ("name: gv0, replica: 3, bricks: {racks: []}, mount: /data", "7:38", &["there is no key `racks`", "`hosts` and `devices`"]),
    ("name: gv0, replica: 3, mount: /etc", "7:36", &["belongs to the system"]),
    ("name: gv0, replica: 3, mount: data", "7:36", &["for example `/data`"]),
    ("name: gv0, replica: 3, mount: {on: all}", "7:37", &["`mount` needs `path`"]),
    ("name: gv0, replica: 3, mount: {path: /d, on: none}", "7:51", &["`all`, `servers` or `clients`"]),
    ("name: gv0, replica: 3, mount: {path: /d, options: ['a,b']}", "7:57", &["one option an entry"]),
    ("name: gv0, replica: 3, mount: {path: /d, options: noatime}", "7:56", &["written as a list"]),
    ("name: gv0, replica: 3, mount: /d, profile: vrt", "7:49", &["`vrt` cannot be `profile`", "did you mean `virt`?", "`db-workload`"]),
    ("name: gv0, replica: 3, mount: /d, options: {group: virt}", "7:50", &["`group` is no volume option", "`profile: virt`"]),
    ("name: gv0, replica: 3, mount: /d, auth_allow: all", "7:52", &["`auth_allow` is `hosts`"]),
    ("name: gv0, replica: 3, mount: /d, auth_allow: hosts, options: {auth.allow: '*'}", "7:52", &["the same thing twice", "keep one of the two"]),
    ("name: gv0, replica: 3, mount: /d, options: {features.quota: on}", "7:50", &["`features.quota` is not set as an option", "`quota: 100Gi`"]),
    ("name: gv0, replica: 3, mount: /d, quota: 10GiB", "7:47", &["`10GiB` cannot be a limit", "10Gi"]),
    ("name: gv0, replica: 3, mount: /d, quota: 100", "7:47", &["`100` cannot be a limit", "at least 1Mi"]),
    ("name: gv0, replica: 3, mount: /d, quota: [10Gi]", "7:47", &["`quota` is written as a block of keys"]),
    ("name: gv0, replica: 3, mount: /d, quota: {}", "7:47", &["`quota` limits nothing", "`quota: 100Gi`"]),
    ("name: gv0, replica: 3, mount: /d, quota: {size: 10Gi}", "7:48", &["no key `size` in `quota`"]),
    ("name: gv0, replica: 3, mount: /d, quota: {directories: 10Gi}", "7:61", &["`directories` is written as a block of keys"]),
    ("name: gv0, replica: 3, mount: /d, quota: {directories: {a: 10Gi}}", "7:62", &["`a` cannot be a directory of a quota", "beginning with '/'"]),
    ("name: gv0, replica: 3, mount: /d, quota: {directories: {/a/../b: 10Gi}}", "7:62", &["must not contain"]),
    ("name: gv0, replica: 3, mount: /d, quota: {directories: {/: 10Gi}}", "7:62", &["`limit: 100Gi`"]),
    ("name: gv0, replica: 3, mount: /d, quota: {directories: {/.glusterfs: 10Gi}}", "7:62", &["Gluster keeps"]),
    ("name: gv0, replica: 3, mount: /d, quota: {limit: 1Gi, directories: {/a: 2Gi}}", "7:78", &["the limit of /a is above the limit of /", "lower the limit"]),
    ("name: gv0, replica: 3, mount: {path: /d, on: clients}, quota: {directories: {/a: 2Gi}}", "7:82", &["no host mounts the volume", "`on: all`"]),
    ("name: gv0, replica: 3, mount: /d, options: {foo: 1}", "7:50", &["`foo` is no volume option"]),
    ("name: gv0, replica: 3, mount: /d, options: {A.b: 1}", "7:50", &["all in lower case"]),
    ("name: gv0, replica: 3, mount: /d, options: {a.b: -x}", "7:55", &["does not begin with '-'"]),
    ("name: gv0, replica: 3, mount: /d, options: {a.b: ''}", "7:55", &["1 to 1024"]),
    ("name: gv0, replica: 3, mount: /d, options: {a.b: \"x\\ny\"}", "7:55", &["`x\\ny`"]),
    ("name: gv0, replica: 3, mount: /d, options: {a.b: [1]}", "7:55", &["an option's value is a single value"]),
    ("name: gv0, replica: 3, mount: /d, options: {a.b: }", "7:50", &["`a.b` has no value"]),
    ("name: gv0, replica: 3, mount: /d}\n  - {name: gv0, replica: 3, mount: /e", "8:12", &["gv0 is there twice"]),
    ("name: a, replica: 3, mount: /d}\n  - {name: b, replica: 3, mount: /d", "8:34", &["mounted at /d"]),
    ("name: a, replica: 3, mount: /d}\n  - {name: b, replica: 3, mount: /d/e", "8:34", &["/d/e is below /d"]),
    ("name: a, replica: 3, mount: /d/e}\n  - {name: b, replica: 3, mount: /d", "8:34", &["/d/e is below /d"]),
];

fn with_host(host: &str) -> String {
    format!("cluster: kube\nhosts:\n  - {{{host}}}\n")
}

fn with_volume(volume: &str) -> String {
    format!(
        "cluster: kube
hosts:
  - {{name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}}
  - {{name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}}
  - {{name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}}
volumes:
  - {{{volume}}}
"
    )
}

fn refused(text: &str) -> Report {
    match inventory::read(text, "inv.yaml") {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(report) => report,
    }
}

/// What is not as expected about the first problem of a text.
fn difference(text: &str, (_, place, words): &Refusal) -> String {
    let shown = refused(text).render(false, Report::WIDTH);
    let first = shown.split("\n\n").next().unwrap();
    // Help is wrapped; here it is one text.
    let joined = first.split_whitespace().collect::<Vec<_>>().join(" ");
    if first.contains(&format!("--> inv.yaml:{place}\n")) && words.iter().all(|word| joined.contains(word)) {
        return String::new();
    }
    format!("expected {place} {words:?} of\n{text}\n{shown}\n")
}

#[test]
fn a_wrong_inventory_is_refused_with_the_place_and_the_remedy() {
    let wrong: String = INVENTORIES
        .iter()
        .map(|refusal| difference(refusal.0, refusal))
        .collect();
    assert_eq!(wrong, "");
}

#[test]
fn a_wrong_host_is_refused_with_the_place_and_the_remedy() {
    let wrong: String = HOSTS
        .iter()
        .map(|refusal| difference(&with_host(refusal.0), refusal))
        .collect();
    assert_eq!(wrong, "");
}

#[test]
fn a_wrong_volume_is_refused_with_the_place_and_the_remedy() {
    let wrong: String = VOLUMES
        .iter()
        .map(|refusal| difference(&with_volume(refusal.0), refusal))
        .collect();
    assert_eq!(wrong, "");
}

#[test]
fn a_single_mistake_is_a_single_problem() {
    let hosts = HOSTS.iter().map(|refusal| with_host(refusal.0));
    for text in hosts.chain(VOLUMES.iter().map(|refusal| with_volume(refusal.0))) {
        let report = refused(&text);
        assert_eq!(report.problems().len(), 1, "{text}\n{report}");
    }
}

#[test]
fn an_arbiter_without_replica_3_is_refused() {
    let report = refused(&with_volume("name: gv0, replica: 2, arbiter: 1, mount: /data"));
    let shown = report.render(false, Report::WIDTH);
    assert!(
        shown.contains("an arbiter goes with `replica: 3`") && shown.contains("but the sets have 2"),
        "{shown}"
    );
}

#[test]
fn yamls_merge_key_is_refused() {
    let shown = refused("cluster: kube\nhosts: []\n<<: {a: b}\n").render(false, Report::WIDTH);
    assert!(shown.contains("YAML's merge key is not read"), "{shown}");
}
