//! oidc-provider: an issuer of identity tokens that is not ours, with clients of the kit's.

use std::process::Command;
use std::time::Duration;

use super::record::Record;
use super::{Places, port};
use crate::shell::Outcome;

pub(crate) fn start(record: &mut Record, places: &Places) -> Outcome {
    let port = port::free(14_000)?;
    record.publish(port, &[("TIDEGATE_TEST_OIDC", format!("http://127.0.0.1:{port}"))]);
    let mut issuer = Command::new("node");
    issuer.arg(&places.oidc_fixture).arg(&places.servers).arg(port.to_string());
    record.spawn("oidc", &places.oidc_fixture, &mut issuer)?;
    record.wait("oidc-provider", Duration::from_secs(60), || {
        port::status(port, "/.well-known/openid-configuration") == Some(200)
    })
}
