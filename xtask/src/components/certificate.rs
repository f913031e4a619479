//! An authority of the kit's own and a certificate for this machine's loopback names.
//!
//! Made by the Python environment, which has a library for it: this crate is to build before
//! anything else does.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::record::make as folder;
use crate::shell::{Outcome, output};

/// What was made, all PEM.
pub(crate) struct Certificate {
    /// What clients are told to trust.
    pub(crate) authority: PathBuf,
    /// What servers show.
    pub(crate) chain: PathBuf,
    /// The key of the server.
    pub(crate) key: PathBuf,
}

/// Valid for a month; every start makes new ones.
const PROGRAM: &str = r#"
import datetime, ipaddress, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

def name(text):
    return x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, text)])

now = datetime.datetime.now(datetime.timezone.utc)
def build(subject, issuer, key):
    return (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=30)))

def usage(sign_certificates):
    return x509.KeyUsage(digital_signature=not sign_certificates, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=sign_certificates, crl_sign=sign_certificates,
        encipher_only=False, decipher_only=False)

folder = sys.argv[1]
ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
authority = "Tidegate test authority"
ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
ca = (build(authority, authority, ca_key).add_extension(x509.BasicConstraints(True, 0), critical=True)
    .add_extension(usage(True), critical=True).add_extension(ca_id, critical=False).sign(ca_key, hashes.SHA256()))
names = [x509.DNSName(text) for text in ("localhost", "*.localhost", "*.blob.localhost")]
names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
leaf = (build("localhost", authority, key).add_extension(x509.SubjectAlternativeName(names), critical=False)
    .add_extension(x509.BasicConstraints(False, None), critical=True).add_extension(usage(False), critical=True)
    .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id), critical=False)
    .sign(ca_key, hashes.SHA256()))
pem = serialization.Encoding.PEM
def write(file, *parts):
    with open(f"{folder}/{file}", "wb") as out:
        out.write(b"".join(parts))
write("ca.pem", ca.public_bytes(pem))
write("chain.pem", leaf.public_bytes(pem), ca.public_bytes(pem))
write("server.key", key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
"#;

/// Makes both in a folder.
pub(crate) fn make(dir: &Path, python: &Path) -> Outcome<Certificate> {
    folder(dir)?;
    output(Command::new(python).arg("-c").arg(PROGRAM).arg(dir))?;
    Ok(Certificate { authority: dir.join("ca.pem"), chain: dir.join("chain.pem"), key: dir.join("server.key") })
}
