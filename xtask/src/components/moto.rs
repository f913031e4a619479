//! moto: KMS and the administration of IAM. It checks no session policy and no condition, so
//! nothing may be concluded from what it lets through.

use std::process::Command;
use std::time::Duration;

use super::record::Record;
use super::{Places, port};
use crate::shell::Outcome;

pub(crate) fn start(record: &mut Record, places: &Places) -> Outcome {
    let port = port::free(15_000)?;
    record.publish(port, &[("TIDEGATE_TEST_MOTO", format!("http://127.0.0.1:{port}"))]);
    let program = places.program("moto_server");
    record.spawn("moto", &program, Command::new(&program).args(["-H", "127.0.0.1", "-p", &port.to_string()]))?;
    record.wait("moto", Duration::from_secs(60), || port::status(port, "/moto-api/") == Some(200))
}
