//! What must hold for the objects that hold the servers' addresses.

use std::net::IpAddr;

use serde_json::Value;

use super::{Checked, equal, list, wrong};
use crate::kubernetes::context::Context;

pub fn service(document: &Value) -> Checked {
    // With a selector, the control plane would replace the Endpoints by its own.
    equal(document, "/spec/selector", Value::Null)?;
    ports(document, "/spec/ports")
}

pub fn endpoints(context: &Context<'_>, document: &Value) -> Checked {
    let mut found = Vec::new();
    for subset in 0..list(document, "/subsets")?.len() {
        ports(document, &format!("/subsets/{subset}/ports"))?;
        let addresses = format!("/subsets/{subset}/addresses");
        for (index, address) in list(document, &addresses)?.iter().enumerate() {
            found.push(ip(address.get("ip"), &format!("{addresses}/{index}/ip"))?);
        }
    }
    // Without the label the control plane makes another slice of the same addresses.
    if context.slice {
        let label = "/metadata/labels/endpointslice.kubernetes.io~1skip-mirror";
        equal(document, label, "true")?;
    }
    same(context, &found, "/subsets/0/addresses")
}

pub fn endpoint_slice(context: &Context<'_>, document: &Value) -> Checked {
    equal(document, "/addressType", "IPv4")?;
    equal(document, "/metadata/labels/kubernetes.io~1service-name", context.name)?;
    ports(document, "/ports")?;
    let mut found = Vec::new();
    for endpoint in 0..list(document, "/endpoints")?.len() {
        let addresses = format!("/endpoints/{endpoint}/addresses");
        for (index, address) in list(document, &addresses)?.iter().enumerate() {
            found.push(ip(Some(address), &format!("{addresses}/{index}"))?);
        }
    }
    same(context, &found, "/endpoints")
}

/// The kubelet mounts by address alone; a name would be refused by the API server.
fn ip(value: Option<&Value>, pointer: &str) -> Checked<IpAddr> {
    match value.and_then(Value::as_str).and_then(|text| text.parse().ok()) {
        Some(ip) => Ok(ip),
        None => wrong(pointer, "is no IPv4 address"),
    }
}

fn same(context: &Context<'_>, found: &[IpAddr], pointer: &str) -> Checked {
    if found == context.addresses {
        return Ok(());
    }
    wrong(
        pointer,
        format!("are {found:?} and should be {:?}, the servers'", context.addresses),
    )
}

fn ports(document: &Value, pointer: &str) -> Checked {
    for (index, port) in list(document, pointer)?.iter().enumerate() {
        let number = port.get("port").and_then(Value::as_u64);
        if !number.is_some_and(|number| (1..=65535).contains(&number)) {
            return wrong(format!("{pointer}/{index}/port"), "is no port from 1 to 65535");
        }
    }
    Ok(())
}
