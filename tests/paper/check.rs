//! `glusterctl check` run as a program: exit status, standard output and standard error.

use std::process::{Command, Output, Stdio};

use crate::support::documents;

fn check(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glusterctl"));
    command
        .env_remove("GLUSTERCTL_INVENTORY")
        .env_remove("NO_COLOR")
        .arg("check")
        .args(args);
    command
}

fn run(args: &[&str]) -> Output {
    check(args).output().unwrap()
}

fn with_stdin(args: &[&str], text: &str) -> Output {
    assert_cmd::Command::from_std(check(args))
        .write_stdin(text)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const RISKY: &str = "\
cluster: kube
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
volumes: [{name: gv0, replica: 2, mount: /data}]
";

#[test]
fn a_sound_inventory_is_summed_up_and_ends_with_0() {
    let output = run(&["-i", "inventories/servers-and-clients.yaml"]);
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    insta::assert_snapshot!(stdout(&output), @r"
    Cluster web is valid: 3 servers, 2 clients, 1 volume

    HOST    ADDRESS        ROLE    ZONE  DEVICES
    store1  198.51.100.31  server  -     /dev/vdb
    store2  198.51.100.32  server  -     /dev/vdb
    store3  198.51.100.33  server  -     /dev/vdb
    web1    198.51.100.41  client  -     -
    web2    198.51.100.42  client  -     -

    VOLUME  TYPE                   USABLE         MOUNT  ON
    gv0     replicate 1 × (2 + 1)  1 of 3 bricks  /data  clients

    VOLUME  SET  BRICKS
    gv0     1    store1:/bricks/vdb/gv0, store2:/bricks/vdb/gv0, store3:/bricks/vdb/gv0 (arbiter)
    ");
}

#[test]
fn a_wrong_inventory_ends_with_2_and_prints_no_data() {
    let output = with_stdin(&["-i", "-"], "cluster: kube\nhosts: []\n");
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""));
    insta::assert_snapshot!(stderr(&output), @r"
    error: there is no host
     --> standard input:2:8
      |
    2 | hosts: []
      |        ^^ this list is empty
      |
      = help: for example `hosts: [{name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}]`

    standard input: 1 problem; nothing was contacted
    ");
}

#[test]
fn a_missing_inventory_ends_with_2_and_names_the_ways_to_name_one() {
    let dir = tempfile::tempdir().unwrap();
    let output = check(&[]).current_dir(dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let shown = stderr(&output);
    assert!(shown.contains("there is no inventory at glusterctl.yaml"), "{shown}");
    assert!(shown.contains("-i FILE or GLUSTERCTL_INVENTORY"), "{shown}");
}

#[test]
fn the_environment_names_the_inventory_and_the_option_wins() {
    let mut command = check(&[]);
    let output = command
        .env("GLUSTERCTL_INVENTORY", "inventories/openstack.yaml")
        .output()
        .unwrap();
    assert!(stdout(&output).starts_with("Cluster kube is valid: 3 servers, 0 clients, 1 volume\n"));
    let mut command = check(&["-i", "inventories/openstack.yaml"]);
    assert_eq!(
        command
            .env("GLUSTERCTL_INVENTORY", "absent.yaml")
            .status()
            .unwrap()
            .code(),
        Some(0)
    );
}

#[test]
fn warnings_go_to_standard_error_and_are_no_failure() {
    let output = with_stdin(&["-i", "-"], RISKY);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stderr(&output).starts_with("warning: volume gv0: replica 2 can split-brain"),
        "{}",
        stderr(&output)
    );
    assert!(!stdout(&output).contains("warning"));
    assert_eq!(stderr(&with_stdin(&["-q", "-i", "-"], RISKY)), "");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one test from its first step to its last")]
fn json_is_the_stable_interface() {
    let output = with_stdin(&["-o", "json", "-i", "-"], RISKY);
    insta::assert_snapshot!(stdout(&output), @r#"
    {
      "version": 1,
      "cluster": "kube",
      "hosts": [
        {
          "name": "kube1",
          "address": "198.51.100.11",
          "role": "server",
          "zone": null,
          "devices": [
            {
              "name": "vdb",
              "path": "/dev/vdb",
              "mount": "/bricks/vdb",
              "uuid": "1a59bb3b-732d-5bde-bc32-1d88534f9ede",
              "existing": false
            }
          ],
          "heketi": []
        },
        {
          "name": "kube2",
          "address": "198.51.100.12",
          "role": "server",
          "zone": null,
          "devices": [
            {
              "name": "vdb",
              "path": "/dev/vdb",
              "mount": "/bricks/vdb",
              "uuid": "625685db-177f-543c-89ce-ddd25b4fa881",
              "existing": false
            }
          ],
          "heketi": []
        }
      ],
      "volumes": [
        {
          "name": "gv0",
          "type": "replicate",
          "replica": 2,
          "arbiter": 0,
          "tolerates": 0,
          "sets": [
            [
              {
                "host": "kube1",
                "device": "/dev/vdb",
                "dir": "/bricks/vdb/gv0",
                "arbiter": false
              },
              {
                "host": "kube2",
                "device": "/dev/vdb",
                "dir": "/bricks/vdb/gv0",
                "arbiter": false
              }
            ]
          ],
          "options": {
            "performance.least-prio-threads": "8"
          },
          "mount": {
            "path": "/data",
            "options": [],
            "on": "all"
          }
        }
      ],
      "warnings": [
        "volume gv0: replica 2 can split-brain when the hosts lose their connection; write `replica: 3`, or `replica: 3, arbiter: 1` with a small third device"
      ]
    }
    "#);
}

#[test]
fn yaml_says_the_same_as_json() {
    let json: serde_json::Value =
        serde_json::from_slice(&with_stdin(&["-o", "json", "-i", "-"], RISKY).stdout).unwrap();
    let yaml: serde_json::Value =
        serde_yaml::from_str(&stdout(&with_stdin(&["-o", "yaml", "-i", "-"], RISKY))).unwrap();
    assert_eq!(json, yaml);
}

#[test]
fn the_json_of_every_example_is_the_document_that_the_schema_says() {
    let inventories = ["inventories", "tests/inventories"].map(|directory| std::fs::read_dir(directory).unwrap());
    let mut seen = 0;
    for entry in inventories.into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.extension() == Some("yaml".as_ref()) {
            let output = run(&["-o", "json", "-i", path.to_str().unwrap()]);
            documents::valid("check", &serde_json::from_slice(&output.stdout).unwrap());
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn programs_get_every_mistake_with_its_place() {
    let wrong = RISKY
        .replace("replica: 2", "repilca: 2")
        .replace("cluster: kube", "cluster: Kube_1");
    for format in ["json", "yaml"] {
        let output = with_stdin(&["-o", format, "-i", "-"], &wrong);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""));
        let said = stderr(&output);
        let document: serde_json::Value = serde_yaml::from_str(&said).unwrap();
        documents::valid("error", &document);
        assert_eq!(
            (&document["kind"], &document["status"]),
            (&"inventory".into(), &2.into())
        );
        let errors = document["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 2, "{said}");
        assert_eq!(
            (&errors[0]["file"], &errors[0]["line"], &errors[0]["column"]),
            (&"standard input".into(), &1.into(), &10.into())
        );
        let told = errors[1]["message"].as_str().unwrap();
        assert_eq!(told, "there is no key `repilca` in a volume: did you mean `replica`?");
        assert!(
            errors[1]["help"]
                .as_str()
                .unwrap()
                .starts_with("the keys of a volume are `name`, `type`")
        );
        assert_eq!(said.lines().count() == 1, format == "json");
    }
    let missing = run(&["-o", "json", "-i", "there-is-no-such-file"]);
    let document = serde_json::from_str(&stderr(&missing)).unwrap();
    documents::valid("error", &document);
    assert_eq!(document["errors"][0]["line"], serde_json::Value::Null);
}

#[test]
fn off_a_terminal_each_row_of_a_table_is_one_line() {
    for inventory in ["openstack", "servers-and-clients"] {
        let output = stdout(&run(&["-i", &format!("inventories/{inventory}.yaml")]));
        let is_whole = |line: &str| !line.starts_with(' ') && line.trim_end() == line;
        assert!(output.lines().count() > 5 && output.lines().all(is_whole), "{output}");
    }
}

#[test]
fn a_reader_that_went_away_is_a_normal_end() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = check(&["-i", "inventories/openstack.yaml"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let escapes = |args: &[&str]| stderr(&with_stdin(args, "nonsense")).contains('\u{1b}');
    assert!(!escapes(&["-i", "-"]));
    assert!(escapes(&["-i", "-", "--color", "always"]));
    assert!(!escapes(&["-i", "-", "--color", "never"]));
}

/// A terminal of its own comes from `script`; where it is not installed there is nothing to see.
#[test]
fn no_color_is_honoured_on_a_terminal() {
    let on_a_terminal = |no_color: &str| {
        let command = format!("{} check -i absent.yaml", env!("CARGO_BIN_EXE_glusterctl"));
        Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .env("NO_COLOR", no_color)
            .output()
    };
    let (Ok(coloured), Ok(plain)) = (on_a_terminal(""), on_a_terminal("1")) else {
        return;
    };
    assert!(stdout(&coloured).contains("\u{1b}["), "{}", stdout(&coloured));
    assert!(!stdout(&plain).contains("\u{1b}["), "{}", stdout(&plain));
}
