//! PostgreSQL, as it comes with the system, with a data folder of our own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::record::{Record, make, write};
use super::{install, port};
use crate::shell::{Outcome, output, run_quietly, succeeds};

/// No secret: the server listens on loopback and holds data of tests only.
const PASSWORD: &str = "admin-pw";

pub(crate) fn start(record: &mut Record) -> Outcome {
    let port = port::free(15_432)?;
    let programs = install::postgres_programs().ok_or("initdb and pg_ctl were not found")?;
    let dir = data_folder(record)?;
    let log = record.dir.join("postgres.log");
    let url = format!("postgres://admin:{PASSWORD}@127.0.0.1:{port}/postgres");
    record.publish(port, &[("TIDEGATE_TEST_POSTGRES_URL", url)]);

    let password = dir.join("password");
    write(&password, PASSWORD)?;
    hand_over(&password)?;
    let data = dir.join("data");
    run_quietly(
        as_postgres(&programs.join("initdb"))
            .arg("-D")
            .arg(&data)
            .args(["-U", "admin", "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "-N", "--no-instructions"])
            .arg(format!("--pwfile={}", password.display())),
        &log,
    )?;
    let options = format!(
        "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c fsync=off -c ssl=off"
    );
    run_quietly(
        as_postgres(&programs.join("pg_ctl"))
            .arg("-D")
            .arg(&data)
            .args(["-w", "-t", "60", "-o", &options])
            .arg("-l")
            .arg(dir.join("server.log"))
            .arg("start"),
        &log,
    )?;
    let pid_file = data.join("postmaster.pid");
    let text = fs::read_to_string(&pid_file).map_err(|why| format!("cannot read {}: {why}", pid_file.display()))?;
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok());
    record.adopt(pid.ok_or("postmaster.pid holds no process id")?, &data)?;
    record.wait("PostgreSQL", Duration::from_secs(10), || port::open(port))
}

/// The server refuses to run as root; as the user `postgres` it must be able to reach its data,
/// which a checkout in somebody's home does not allow.
fn data_folder(record: &mut Record) -> Outcome<PathBuf> {
    let inside = record.dir.join("server");
    make(&inside)?;
    hand_over(&inside)?;
    if succeeds(as_postgres(Path::new("test")).arg("-w").arg(&inside)) {
        return Ok(inside);
    }
    let outside = record.scratch()?;
    hand_over(&outside)?;
    Ok(outside)
}

fn hand_over(path: &Path) -> Outcome {
    if install::is_root() { output(Command::new("chown").arg("postgres").arg(path)).map(|_| ()) } else { Ok(()) }
}

fn as_postgres(program: &Path) -> Command {
    let mut command = if install::is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // Where it is started from need not be readable for that user.
    command.current_dir("/");
    command
}
