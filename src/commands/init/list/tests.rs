use super::*;

const INI: &str = include_str!("../../../../tests/lists/ansible.ini");
const YAML: &str = include_str!("../../../../tests/lists/ansible.yaml");
const GDEPLOY: &str = include_str!("../../../../tests/lists/gdeploy.conf");
const TERRAFORM: &str = include_str!("../../../../tests/lists/terraform.json");
const OPENSTACK: &str = include_str!("../../../../tests/lists/openstack.json");

/// A host in one line: name, user@destination:port, key, sudo.
fn line(entry: &Entry) -> String {
    let mut words = Vec::new();
    words.extend(entry.name.as_ref().map(|name| format!("{name}:")));
    let user = entry.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
    let port = entry.port.map(|port| format!(":{port}")).unwrap_or_default();
    words.push(format!("{user}{}{port}", entry.destination));
    words.extend(entry.identity_file.as_ref().map(|key| format!("({})", key.display())));
    words.extend(entry.sudo.then(|| "sudo".to_owned()));
    words.extend(entry.devices.clone());
    words.join(" ")
}

fn lines(text: &str, group: Option<&str>) -> Vec<String> {
    read(text, group).unwrap().hosts.iter().map(line).collect()
}

fn refused(text: &str, group: Option<&str>) -> String {
    read(text, group).unwrap_err().join("\n")
}

#[test]
fn an_ini_inventory_of_ansible_is_read_with_ranges_ports_and_variables() {
    assert_eq!(
        lines(INI, Some("gluster")),
        [
            "kube1: debian@kube1 (/srv/keys/all) sudo",
            "kube2: debian@kube2 (/srv/keys/all) sudo",
            "kube3: debian@198.51.100.13:2222 (/srv/keys/all) sudo",
            "kube4: debian@kube4:2200 (/srv/keys/rack 4) sudo",
        ]
    );
    // The parent of a group has the group's hosts.
    assert_eq!(lines(INI, Some("storage")), lines(INI, Some("gluster")));
    assert_eq!(
        lines(INI, Some("web")),
        ["web1.example.com: root@web1.example.com (/srv/keys/all)"]
    );
    assert_eq!(lines(INI, Some("all")).len(), 5);
}

#[test]
fn a_yaml_inventory_of_ansible_is_read() {
    assert_eq!(
        lines(YAML, Some("gluster")),
        [
            "kube04: debian@198.51.100.14:2222",
            "kube01: debian@kube01",
            "kube02: debian@kube02",
            "kube03: debian@kube03",
        ]
    );
    assert_eq!(
        lines("gluster:\n  hosts:\n    198.51.100.11:\n", None),
        ["198.51.100.11"]
    );
    // JSON is YAML.
    assert_eq!(
        lines(r#"{"all": {"hosts": {"kube1": {"ansible_port": 22}}}}"#, None),
        ["kube1: kube1:22"]
    );
}

#[test]
fn of_several_groups_one_is_to_be_named() {
    for text in [INI, YAML] {
        let said = refused(text, None);
        assert!(said.contains("it has several groups"), "{said}");
        assert!(said.contains("--group: gluster (4), "), "{said}");
        assert!(said.contains("web (1), all (5)"), "{said}");
        let said = refused(text, Some("glustre"));
        assert!(said.starts_with("it has no group \"glustre\""), "{said}");
    }
    // Groups that all have every host leave no choice.
    assert_eq!(lines("[a]\nkube1\nkube2\n[b]\nkube1\nkube2\n", None).len(), 2);
    assert_eq!(
        lines("kube1\nkube2:2222\n", None),
        ["kube1: kube1", "kube2: kube2:2222"]
    );
}

#[test]
fn a_file_of_gdeploy_is_read_with_devices_and_volume() {
    let list = read(GDEPLOY, None).unwrap();
    let hosts: Vec<String> = list.hosts.iter().map(line).collect();
    assert_eq!(
        hosts,
        [
            "198.51.100.11 /dev/sdb /dev/vdc",
            "198.51.100.12 /dev/sdb /dev/vdc",
            "198.51.100.13 /dev/vdb /dev/vdc",
        ]
    );
    let volume = list.volume.unwrap();
    assert_eq!(volume.name, "shared");
    assert_eq!(volume.shape, ["replica: 3", "arbiter: 1"]);
    assert_eq!(volume.mount.as_deref(), Some("/mnt/shared"));
    let dispersed = GDEPLOY.replace("replica=yes", "disperse=yes\ndisperse_count=3\nredundancy_count=1");
    assert_eq!(
        read(&dispersed, None).unwrap().volume.unwrap().shape,
        ["disperse: {data: 2, redundancy: 1}"]
    );
    // A type that is not clear is no type.
    let unclear = GDEPLOY.replace("replica_count=3", "replica_count=");
    assert_eq!(read(&unclear, None).unwrap().volume, None);
    let two = format!("{GDEPLOY}\n[volume2]\naction=create\nvolname=other\n");
    assert_eq!(
        read(&two, None).unwrap().notes,
        ["the volume other of gdeploy is left out: add it to `volumes`"]
    );
}

#[test]
fn outputs_of_terraform_are_read() {
    let three = ["kube1: 198.51.100.11", "kube2: 198.51.100.12", "kube3: 198.51.100.13"];
    assert_eq!(lines(TERRAFORM, None), three);
    let state = format!(r#"{{"version": 4, "terraform_version": "1.9.0", "outputs": {TERRAFORM}}}"#);
    assert_eq!(lines(&state, None), three);
    let addresses = r#"{"ips": {"value": ["198.51.100.11", "198.51.100.12"]}}"#;
    assert_eq!(lines(addresses, None), ["198.51.100.11", "198.51.100.12"]);
    let blocks = r#"{"vms": {"value": [{"name": "kube1", "private_ip": "192.0.2.5", "public_ip": "198.51.100.11"}]}}"#;
    assert_eq!(lines(blocks, None), ["kube1: 198.51.100.11"]);
    assert_eq!(read(blocks, None).unwrap().hosts[0].addresses.len(), 2);
    let alone = r#"{"a": {"value": "198.51.100.11"}, "b": {"value": "198.51.100.12"}, "c": {"value": "eu"}}"#;
    assert_eq!(lines(alone, None), ["198.51.100.11", "198.51.100.12"]);
    let two = r#"{"inner": {"value": ["192.0.2.5"]}, "outer": {"value": ["198.51.100.11"]}}"#;
    assert_eq!(lines(two, Some("outer")), ["198.51.100.11"]);
    let said = refused(two, None);
    assert!(
        said.contains("several outputs") && said.contains("--group: inner (1), outer (1)"),
        "{said}"
    );
    let six = r#"{"vms": {"value": {"kube1": {"access_ip_v6": "2001:db8::11"}, "kube2": "2001:db8::12"}}}"#;
    assert_eq!(lines(six, None), ["kube1: 2001:db8::11", "kube2: 2001:db8::12"]);
    let both =
        r#"{"vms": {"value": {"kube1": {"v6": "2001:db8::11/64", "v4": "198.51.100.11"}, "kube2": "198.51.100.12"}}}"#;
    assert_eq!(lines(both, None), ["kube1: 198.51.100.11", "kube2: 198.51.100.12"]);
    let lists = r#"{"a": {"value": ["2001:db8::11"]}, "b": {"value": ["198.51.100.11"]}}"#;
    assert_eq!(lines(lists, None), ["198.51.100.11"]);
    assert_eq!(lines(lists, Some("a")), ["2001:db8::11"]);
    let alone = r#"{"a": {"value": "2001:db8::11"}, "b": {"value": "198.51.100.11"}}"#;
    assert_eq!(lines(alone, None), ["198.51.100.11"]);
    let alone = r#"{"a": {"value": "2001:db8::11"}, "b": {"value": "2001:db8::12"}}"#;
    assert_eq!(lines(alone, None), ["2001:db8::11", "2001:db8::12"]);
    let mixed = r#"{"ips": {"value": ["2001:db8::11", "198.51.100.12"]}}"#;
    assert!(refused(mixed, None).contains("or an IPv6 address of each (outputs: ips)"));
    let said = refused(r#"{"name": {"value": "kube"}}"#, None);
    assert!(
        said.contains("(outputs: name)") && said.contains("access_ip_v4"),
        "{said}"
    );
}

#[test]
fn a_list_of_openstack_is_read_with_fixed_and_floating_addresses() {
    let list = read(OPENSTACK, None).unwrap();
    let hosts: Vec<String> = list.hosts.iter().map(line).collect();
    assert_eq!(hosts, ["Kube1: 198.51.100.11", "kube2: 198.51.100.12"]);
    assert_eq!(list.hosts[0].addresses.len(), 3);
    let older = r#"[{"Name": "kube1", "Networks": "private=192.0.2.5, 198.51.100.11; storage=203.0.113.5"}]"#;
    let list = read(older, None).unwrap();
    assert_eq!(line(&list.hosts[0]), "kube1: 198.51.100.11");
    assert_eq!(list.hosts[0].addresses.len(), 3);
    let off = OPENSTACK
        .replacen("ACTIVE", "SHUTOFF", 1)
        .replace("\"fd00::5\", ", "")
        .replace("198.51.100.12", "fd00::12");
    let said = refused(&off, None);
    assert!(
        said.contains("Kube1 is SHUTOFF in OpenStack") && said.contains("kube2 has no IPv4 address"),
        "{said}"
    );
    let six = r#"[{"Name": "kube1", "Networks": {"a": ["198.51.100.11", "2001:db8::11"], "b": ["2001:db8:1::11"]}},
                  {"Name": "kube2", "Networks": {"a": ["2001:db8::12"]}}]"#;
    let list = read(six, None).unwrap();
    let hosts: Vec<String> = list.hosts.iter().map(line).collect();
    assert_eq!(hosts, ["kube1: 2001:db8::11", "kube2: 2001:db8::12"]);
    let both = six.replace(r#"["2001:db8::12"]"#, r#"["198.51.100.12", "2001:db8::12"]"#);
    assert_eq!(lines(&both, None), ["kube1: 198.51.100.11", "kube2: 198.51.100.12"]);
    assert!(refused("[]", None).contains("found no server"));
    assert!(refused(OPENSTACK, Some("a")).contains("--group is for groups of Ansible"));
}

/// Whether each text is refused with all of these words.
fn are_refused(cases: &[(&str, &[&str])]) {
    for (text, wanted) in cases {
        let said = refused(text, None);
        for words in *wanted {
            assert!(said.contains(words), "{text}: {said}");
        }
    }
}

#[test]
fn what_is_no_list_is_refused_with_what_was_expected() {
    are_refused(&[
        ("", &["it is empty", "an Ansible inventory"]),
        ("# nothing\n", &["it has comments only"]),
        (
            "{\"a\": ",
            &["it begins as JSON does, and is no JSON", "line 1 column 6"],
        ),
        (
            "{\"a\": 1}",
            &["it is JSON, but no list of hosts", "terraform output -json"],
        ),
        ("[1, 2]", &["it is JSON, but no list of hosts"]),
        ("[{\"id\": 1}]", &["it is JSON, but no list of hosts"]),
        ("{\"_meta\": {}}", &["ansible-inventory --list --yaml"]),
        ("{\"clusters\": []}", &["--from-heketi"]),
        ("cluster: a\nhosts: []\n", &["an inventory of glusterctl already"]),
        ("- hosts: all\n  tasks: []\n", &["as a playbook of Ansible is"]),
        (
            "apiVersion: v1\nkind: Pod\n",
            &["it is YAML, but no inventory of Ansible"],
        ),
        (
            "all:\n  hosts:\n    a: [\n",
            &["it looks like YAML, and is none: line "],
        ),
        (
            "all:\n  hosts:\n  children:\n    g:\n      kube1:\n",
            &["the group g has \"kube1\"", "below hosts:"],
        ),
        (
            "all:\n  hosts: [kube1]\n",
            &["the group all has hosts that are no block"],
        ),
    ]);
}

#[test]
fn what_is_wrong_in_a_list_is_told_with_its_line_and_a_remedy() {
    are_refused(&[
        (
            "Dear Sir or Madam\n",
            &[
                "line 1: \"Sir\" behind the host \"Dear\" sets no variable",
                "init reads",
            ],
        ),
        (
            "[a]\nkube1 port 22\n[a:vars]\nuser\n",
            &["line 2: \"port\" behind", "line 4: \"user\" sets no variable"],
        ),
        ("[a:hosts]\nkube1\n", &["line 1: [a:hosts] is no section of Ansible"]),
        ("[a]\nkube1 x='y\n", &["line 2: a quotation begins with '"]),
        ("[a]\nkube[1:x]\n", &["line 2: \"kube[1:x]\" has a range"]),
        (
            "[a]\nkube[1:9999]\n",
            &["line 2: \"kube[1:9999]\" stands for more than 2000 hosts"],
        ),
        ("[a]\nx=1\n", &["line 2: \"x=1\" is no host"]),
        ("[a]\n", &["has no hosts"]),
        (
            "[a]\nkube1 ansible_port=ssh\n",
            &["host kube1: ansible_port is \"ssh\""],
        ),
        (
            "[a]\nkube1 ansible_host='{{ ip }}'\n",
            &["ansible_host is \"{{ ip }}\", a template"],
        ),
        (
            "[a]\nkube1 ansible_connection=local\n",
            &["ansible_connection is \"local\""],
        ),
        (
            "[a]\nkube1 ansible_ssh_common_args='-o ProxyJump=x'\n",
            &["ansible_ssh_common_args", "~/.ssh/config"],
        ),
        (
            "[a]\nkube1 ansible_ssh_private_key_file=key\n",
            &["the private key is \"key\""],
        ),
        ("[hosts]\n[volume]\nvolname=a\n", &["has no hosts below [hosts]"]),
        (
            "[hosts]\nkube{1..}\n[peer]\naction=probe\n",
            &["line 2: \"kube{1..}\" has a range"],
        ),
    ]);
}

#[test]
fn a_host_is_named_as_for_ssh() {
    for (text, read) in [
        ("kube1", "kube1"),
        ("root@198.51.100.11:22", "root@198.51.100.11:22"),
        ("debian@[2001:db8::1]:2222", "debian@2001:db8::1:2222"),
        ("2001:db8::1", "2001:db8::1"),
    ] {
        assert_eq!(line(&destination(text).unwrap()), read);
    }
    for (text, why) in [
        ("", "a host has letters"),
        ("-oProxyCommand=x", "a host has letters"),
        ("ssh://kube1", "without a scheme"),
        ("kube1:ssh", "a port is a number"),
        ("kube1:0", "a port is a number"),
        ("-l@kube1", "a login has letters"),
        ("a b", "a host has letters"),
        ("[2001:db8::1", "a host has letters"),
    ] {
        let said = destination(text).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn ranges_stand_for_names() {
    let all = |pattern| expand(pattern).unwrap().join(" ");
    assert_eq!(all("kube[1:3]"), "kube1 kube2 kube3");
    assert_eq!(all("kube[08:12:2].x"), "kube08.x kube10.x kube12.x");
    assert_eq!(all("r[1:2]-[a:b]"), "r1-a r1-b r2-a r2-b");
    assert_eq!(all("kube"), "kube");
    for wrong in [
        "kube[1:3",
        "kube[3:1]",
        "kube[]",
        "kube[1:2:0]",
        "kube[1:2:3:4]",
        "kube[a:bb]",
    ] {
        assert!(expand(wrong).is_err(), "{wrong}");
    }
}
