//! Options of the whole cluster, from the XML of `volume get all`. Pure.

use serde::Deserialize;

use super::reply::checked;

#[derive(Deserialize)]
struct GetXml {
    #[serde(rename = "volGetopts")]
    options: Options,
}

#[derive(Deserialize)]
struct Options {
    #[serde(rename = "Opt", default)]
    option: Vec<OptionXml>,
}

#[derive(Deserialize)]
struct OptionXml {
    #[serde(rename = "Value", default)]
    value: String,
}

/// Parses `volume get all OPTION` for an option whose value is a number, such as `cluster.max-op-version`.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn global_number(text: &str) -> Result<u32, String> {
    let options = checked::<GetXml>(text, "volume get all")?.options.option;
    let value = options.first().map_or("", |option| option.value.as_str());
    value
        .parse()
        .map_err(|_| format!("gluster volume get all: {value:?} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn the_highest_op_version_is_a_number() {
        assert_eq!(global_number(captured!("volume-get-max-op-version.xml")), Ok(100_000));
        assert!(global_number("Connection failed.").is_err());
    }
}
