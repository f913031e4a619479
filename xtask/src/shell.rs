//! Running other programs, with failures that say which one and why.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What went wrong, as a sentence for the person at the terminal.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// `cargo`, in the checkout.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root);
    command
}

/// Runs it in the foreground; its output goes to the terminal.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|why| cannot_start(command, &why))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", line(command))) }
}

/// Runs it and gives its standard output.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let done = command.stdin(Stdio::null()).output().map_err(|why| cannot_start(command, &why))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(format!("{} failed ({}): {}", line(command), done.status, said.trim()))
}

/// Runs it with everything it says appended to a file, which is named if it fails.
pub(crate) fn run_quietly(command: &mut Command, log: &Path) -> Outcome {
    let status = log_to(command, log)?.stdin(Stdio::null()).status().map_err(|why| cannot_start(command, &why))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status}); see {}", line(command), log.display())) }
}

/// Whether it ends with success, whatever it says.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Sends both outputs to the end of a file.
pub(crate) fn log_to<'a>(command: &'a mut Command, log: &Path) -> Outcome<&'a mut Command> {
    let explain = |why: std::io::Error| format!("cannot write {}: {why}", log.display());
    let file: File = OpenOptions::new().create(true).append(true).open(log).map_err(explain)?;
    let twin = file.try_clone().map_err(explain)?;
    Ok(command.stdout(file).stderr(twin))
}

/// Asks again until it holds or the time is over.
pub(crate) fn poll(limit: Duration, mut holds: impl FnMut() -> Outcome<bool>) -> Outcome<bool> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if holds()? {
            return Ok(true);
        }
        sleep(Duration::from_millis(50));
    }
    Ok(false)
}

/// Does one phase and prints how long it took.
pub(crate) fn timed<T>(title: &str, phase: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let start = Instant::now();
    let done = phase();
    let how = if done.is_ok() { "took" } else { "failed after" };
    eprintln!("xtask: {title} {how} {:.1} s", start.elapsed().as_secs_f64());
    done
}

fn line(command: &Command) -> String {
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    std::iter::once(command.get_program().to_string_lossy()).chain(arguments).collect::<Vec<_>>().join(" ")
}

fn cannot_start(command: &Command, why: &std::io::Error) -> String {
    format!("cannot start {}: {why}", command.get_program().to_string_lossy())
}
