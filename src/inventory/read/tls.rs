//! The key `tls: {certificates: made, io: true, management: true}`.

use super::Draft;
use super::fields::{Diagnostics, Fields, Located, choice};
use super::yaml::Node;
use crate::inventory::diagnostics::Diagnostic;
use crate::inventory::model::Connection;
use crate::inventory::tls::{Certificates, SSL, SSL_ALLOW, Tls};

/// Reads the key.
pub(super) fn read(node: &Node, problems: &mut Diagnostics) -> Option<Located<Tls>> {
    const WORDS: [(&str, Certificates); 2] = [("made", Certificates::Made), ("given", Certificates::Given)];
    let fields = Fields::read(node, "`tls`", &["certificates", "io", "management"], problems)?;
    let certificates = fields
        .required("certificates", "certificates: made", problems)
        .and_then(|node| choice(node, "`certificates`", &WORDS, problems));
    let mut is_on = |key, what| {
        let node = fields.get(key);
        let word = node.and_then(|node| choice(node, what, &[("true", true), ("false", false)], problems));
        word.is_none_or(|word| word.value)
    };
    let (io, management) = (is_on("io", "`io`"), is_on("management", "`management`"));
    if !io && !management {
        problems.push(
            Diagnostic::new("`tls` encrypts nothing", fields.span.clone())
                .label("both `io` and `management` are false")
                .help("remove `tls`, or one of the two"),
        );
    }
    Some(Located {
        value: Tls {
            io,
            management,
            certificates: certificates?.value,
        },
        span: fields.span,
    })
}

/// Notes what does not go with encryption.
pub(super) fn check(draft: &Draft, problems: &mut Diagnostics) {
    let Some(tls) = &draft.tls else { return };
    let made = tls.value.certificates == Certificates::Made;
    for host in &draft.hosts {
        let Some(name) = &host.name else { continue };
        if made && host.connection == Connection::Local {
            let title = format!(
                "{} provisions itself, and cannot make certificates with the others",
                name.value
            );
            problems.push(
                Diagnostic::new(title, tls.span.clone())
                    .label("every host has to be told the certificates of all others")
                    .also(name.span.clone(), "this host has `connection: local`")
                    .help(
                        "write `certificates: given`, and put keys and certificates on the hosts, as docs/tls.md says",
                    ),
            );
        }
    }
    for volume in draft.volumes.iter().filter(|_| tls.value.io) {
        let Some(name) = &volume.name else { continue };
        let mut keys = SSL.into_iter().chain([SSL_ALLOW]);
        if let Some(key) = keys.find(|key| volume.options.contains_key(*key)) {
            let title = format!(
                "`tls` and the option `{key}` of volume {} say the same thing twice",
                name.value
            );
            problems.push(
                Diagnostic::new(title, name.span.clone())
                    .label("this volume has the option")
                    .also(tls.span.clone(), "this encrypts every volume")
                    .help(format!("remove the option `{key}`")),
            );
        }
    }
}
