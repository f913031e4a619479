//! `[tls]`: the server's own certificate.

use domain::secret::SecretBytes;

use super::files;
use super::mistake::{Report, Wrong};
use super::section::Section;
use super::show::Lines;

/// A certificate chain and its key, both checked to be what they say.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    /// The chain in PEM form, the server's own first.
    pub(crate) cert_pem: Vec<u8>,
    /// The private key in PEM form.
    pub(crate) key_pem: SecretBytes,
}

impl Tls {
    pub(super) fn read(mut section: Section, report: &mut Report) -> Option<Self> {
        let cert = section.text("cert_file", report, files::certificates_of);
        let key = section.text("key_file", report, files::private_key_of);
        let (has_cert, has_key) = (section.was_given("cert_file"), section.was_given("key_file"));
        if has_cert != has_key {
            let missing = section.key(if has_cert { "key_file" } else { "cert_file" });
            report.add(section.place(), &missing, Wrong::new("is missing", "give cert_file and key_file together"));
        }
        section.finish(report);
        Some(Self { cert_pem: cert?.value, key_pem: key?.value })
    }

    pub(super) fn show(tls: Option<&Self>, lines: &mut Lines) {
        lines.add("tls", tls.map_or("off".to_owned(), |tls| format!("on (chain of {} bytes)", tls.cert_pem.len())));
    }
}
