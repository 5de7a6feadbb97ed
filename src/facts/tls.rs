//! Keys, certificates and the encryption of management on a host. Of a key nothing is known but whether it belongs to its
//! certificate. Pure.

use std::collections::BTreeSet;

use super::sections::Sections;

/// What is known of a host's keys and certificates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// The directory where the host's GlusterFS looks for keys and certificates; none before GlusterFS is installed.
    pub directory: Option<String>,
    /// Which of Gluster's three files exist, as paths: key, certificate, and the certificates that the host trusts.
    pub files: BTreeSet<String>,
    /// The host's own certificate.
    pub own: Option<Certificate>,
    /// The certificate that is to follow.
    pub next: Option<Certificate>,
    /// The fingerprints of the certificates that the host trusts.
    pub trusted: BTreeSet<String>,
    /// Whether the host's own certificate is valid by what the host itself trusts.
    pub is_verified: bool,
    /// Whether management is encrypted from the next start of glusterd on: /var/lib/glusterd/secure-access exists.
    pub is_management_encrypted: bool,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Certificate {
    /// The SHA-256 fingerprint, as `openssl x509 -fingerprint` prints it.
    pub fingerprint: String,
    /// The name (CN) that the certificate is for.
    pub name: String,
    /// When the certificate ends, in openssl's words.
    pub not_after: String,
    /// How many seconds are left until the certificate ends, by the host's clock; negative after its end.
    pub seconds_left: i64,
    /// Whether the private key beside the certificate belongs to the certificate.
    pub has_key: bool,
    /// The certificate itself (PEM), which is no secret.
    pub text: String,
}

impl Certificate {
    /// How many whole days are left; negative after the certificate's end.
    #[must_use]
    pub fn days_left(&self) -> i64 {
        self.seconds_left.div_euclid(86_400)
    }
}

/// None if the script did not ask.
pub(super) fn parse(sections: &Sections) -> Option<Tls> {
    sections.get("tls")?;
    let files = sections.pairs("tls").filter(|(key, _)| *key == "file");
    Some(Tls {
        directory: sections.value("tls", "directory").map(str::to_owned),
        files: files.map(|(_, path)| path.to_owned()).collect(),
        own: certificate(sections, "tls own"),
        next: certificate(sections, "tls next"),
        trusted: sections.pairs("tls trusted").filter_map(fingerprint).collect(),
        is_verified: sections.value("tls", "verified").is_some(),
        is_management_encrypted: sections.value("tls", "secure").is_some(),
    })
}

fn certificate(sections: &Sections, section: &str) -> Option<Certificate> {
    let subject = sections.value(section, "subject").unwrap_or_default();
    let name = subject.split(',').find_map(|part| part.trim().strip_prefix("CN="));
    Some(Certificate {
        fingerprint: sections.pairs(section).find_map(fingerprint)?,
        name: name.unwrap_or_default().to_owned(),
        not_after: sections.value(section, "notAfter")?.to_owned(),
        seconds_left: sections.value(section, "left")?.parse().ok()?,
        has_key: sections.value(section, "key").is_some(),
        text: sections.text(&format!("{section} text")).trim().to_owned(),
    })
}

/// The value of a line such as `sha256 Fingerprint=AB:CD`.
fn fingerprint((key, value): (&str, &str)) -> Option<String> {
    key.ends_with("Fingerprint").then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_read_as_openssl_prints_it() {
        let output = "\n@ tls\nsecure=yes\ndirectory=/usr/lib/ssl\nfile=/usr/lib/ssl/glusterfs.pem\n\n@ tls own\n\
                      sha256 Fingerprint=AB:CD\nsubject=O=Example,CN=kube1\nnotAfter=Nov 23 15:40:30 2036 GMT\nleft=86399\nkey=yes\n\n\
                      @ tls own text\nPEM\n\n@ tls next\n\n@ tls trusted\nsha256 Fingerprint=AB:CD\nSHA256 Fingerprint=EF\n\n@ end\n";
        let seen = parse(&Sections::split(output, "@").unwrap()).unwrap();
        let own = seen.own.unwrap();
        assert_eq!(
            (own.name.as_str(), own.days_left(), own.text.as_str()),
            ("kube1", 0, "PEM")
        );
        assert!(own.has_key && seen.is_management_encrypted && !seen.is_verified);
        assert_eq!(seen.trusted, ["AB:CD", "EF"].map(str::to_owned).into());
        assert_eq!(seen.next, None);
        let expired = Certificate {
            seconds_left: -1,
            ..Certificate::default()
        };
        assert_eq!(expired.days_left(), -1);
    }

    #[test]
    fn nothing_is_known_where_the_script_did_not_ask() {
        assert_eq!(parse(&Sections::split("\n@ end\n", "@").unwrap()), None);
    }
}
