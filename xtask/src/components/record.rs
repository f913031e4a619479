//! What is known of a component that was started: its processes, its variables, its folders.
//!
//! Written at every step, so that whatever a broken start left behind can be found and stopped.
//! A process counts as ours only if its command line still holds the mark that was noted for it:
//! a process id may have gone to somebody else.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Places, chromedriver, port};
use crate::shell::{Outcome, log_to, poll, succeeds};

/// The record of one component.
pub(crate) struct Record {
    file: PathBuf,
    /// Where its data is.
    pub(crate) dir: PathBuf,
    name: String,
    daemons: Vec<Daemon>,
    environment: Vec<(String, String)>,
    port: u16,
    scratch: Vec<PathBuf>,
    complete: bool,
}

struct Daemon {
    pid: u32,
    mark: String,
}

impl Record {
    /// The record of an earlier start, if there is one that can be read.
    pub(crate) fn load(places: &Places, name: &str) -> Option<Self> {
        let mut record = Self::blank(places, name);
        let text = fs::read_to_string(&record.file).ok()?;
        let value: Value = serde_json::from_str(&text).ok()?;
        for daemon in value.get("daemons")?.as_array()? {
            let pid = u32::try_from(daemon.get("pid")?.as_u64()?).ok()?;
            record.daemons.push(Daemon { pid, mark: daemon.get("mark")?.as_str()?.to_owned() });
        }
        for (variable, given) in value.get("environment")?.as_object()? {
            record.environment.push((variable.clone(), given.as_str()?.to_owned()));
        }
        record.scratch = value.get("scratch")?.as_array()?.iter().filter_map(Value::as_str).map(Into::into).collect();
        record.port = u16::try_from(value.get("port")?.as_u64()?).ok()?;
        record.complete = value.get("complete")?.as_bool()?;
        Some(record)
    }

    /// A new record with an empty folder; what an earlier start left is stopped and wiped first.
    pub(crate) fn begin(places: &Places, name: &str) -> Outcome<Self> {
        if let Some(mut earlier) = Self::load(places, name) {
            earlier.stop();
            earlier.wipe()?;
        }
        let record = Self::blank(places, name);
        remove(&record.dir)?;
        make(&record.dir)?;
        record.save()?;
        Ok(record)
    }

    /// Whether it started completely, every process lives, and its port answers.
    pub(crate) fn runs(&self) -> bool {
        self.complete && self.daemons.iter().all(Daemon::lives) && port::open(self.port)
    }

    /// Whether it ever started completely.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Notes that everything is up.
    pub(crate) fn complete(&mut self) -> Outcome {
        self.complete = true;
        self.save()
    }

    /// Starts a process that outlives this one, with its output in a log of that name.
    pub(crate) fn spawn(&mut self, label: &str, mark: &Path, command: &mut Command) -> Outcome {
        let log = self.dir.join(format!("{label}.log"));
        // A group of its own: Ctrl-C at the terminal must not reach it.
        let child = log_to(command, &log)?
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|why| format!("cannot start {label}: {why}"))?;
        self.adopt(child.id(), mark)
    }

    /// Notes a process that something else started.
    pub(crate) fn adopt(&mut self, pid: u32, mark: &Path) -> Outcome {
        self.daemons.push(Daemon { pid, mark: mark.display().to_string() });
        self.save()
    }

    /// Makes a short private folder outside the checkout, for sockets and for other users.
    pub(crate) fn scratch(&mut self) -> Outcome<PathBuf> {
        let id = std::process::id();
        for number in 0..100 {
            let dir = std::env::temp_dir().join(format!("tg-{}-{id}-{number}", self.name));
            match DirBuilder::new().mode(0o700).create(&dir) {
                Ok(()) => {
                    self.scratch.push(dir.clone());
                    self.save()?;
                    return Ok(dir);
                }
                Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(why) => return Err(format!("cannot make {}: {why}", dir.display())),
            }
        }
        Err(format!("every folder tg-{}-{id}-* exists already", self.name))
    }

    /// Notes a file outside the checkout that the component makes and leaves behind.
    pub(crate) fn leftover(&mut self, file: PathBuf) {
        self.scratch.push(file);
    }

    /// Notes where it listens and what tests must know.
    pub(crate) fn publish(&mut self, port: u16, environment: &[(&str, String)]) {
        self.port = port;
        self.environment = environment.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    }

    /// Waits until it holds, and gives up early when a process has died.
    pub(crate) fn wait(&self, what: &str, limit: Duration, mut holds: impl FnMut() -> bool) -> Outcome {
        let logs = self.dir.display();
        let reached = poll(limit, || {
            if self.daemons.iter().all(Daemon::lives) {
                Ok(holds())
            } else {
                Err(format!("a process ended while waiting for {what}; its log is in {logs}"))
            }
        })?;
        if reached { Ok(()) } else { Err(format!("{what} did not come within {limit:?}; the logs are in {logs}")) }
    }

    /// The variables by which tests find it.
    pub(crate) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// Its processes, for a person.
    pub(crate) fn process_ids(&self) -> String {
        self.daemons.iter().map(|daemon| daemon.pid.to_string()).collect::<Vec<_>>().join(" ")
    }

    /// Stops every process, the last one started first. The data is not worth a graceful stop;
    /// only PostgreSQL is let off to give back its shared memory, and ChromeDriver to end its browsers.
    pub(crate) fn stop(&mut self) {
        if self.name == "chromedriver" && self.daemons.iter().any(Daemon::lives) {
            chromedriver::shut_down(self.port);
        }
        for daemon in self.daemons.drain(..).rev() {
            for (signal, patience) in [("QUIT", Duration::from_secs(2)), ("KILL", Duration::from_secs(5))] {
                let skip = signal == "QUIT" && self.name != "postgres";
                if !skip && daemon.lives() {
                    succeeds(Command::new("sh").args(["-c", &format!("kill -{signal} {}", daemon.pid)]));
                    // A process that withstands even this shows itself at the next start.
                    let _ = poll(patience, || Ok(!daemon.lives()));
                }
            }
        }
    }

    /// Removes the record and all data.
    pub(crate) fn wipe(&self) -> Outcome {
        self.scratch.iter().try_for_each(|path| remove(path))?;
        remove(&self.dir)?;
        remove(&self.file)
    }

    fn blank(places: &Places, name: &str) -> Self {
        Self {
            file: places.components.join(format!("{name}.json")),
            dir: places.components.join(name),
            name: name.to_owned(),
            daemons: Vec::new(),
            environment: Vec::new(),
            port: 0,
            scratch: Vec::new(),
            complete: false,
        }
    }

    fn save(&self) -> Outcome {
        let daemons: Vec<_> = self.daemons.iter().map(|d| json!({"pid": d.pid, "mark": d.mark})).collect();
        let environment: serde_json::Map<_, _> =
            self.environment.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let value = json!({
            "daemons": daemons, "environment": environment, "port": self.port,
            "scratch": self.scratch, "complete": self.complete,
        });
        // Renamed into place: a start that is broken off must not leave half a record.
        let beside = self.file.with_extension("json.new");
        fs::write(&beside, value.to_string())
            .and_then(|()| fs::rename(&beside, &self.file))
            .map_err(|why| format!("cannot write {}: {why}", self.file.display()))
    }
}

impl Daemon {
    /// Whether the process is there and is ours; one that is just starting has no command line yet.
    fn lives(&self) -> bool {
        let line = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        let ours = line.is_empty() || String::from_utf8_lossy(&line).contains(&self.mark);
        ours && fs::read_to_string(format!("/proc/{}/stat", self.pid)).is_ok_and(|stat| runs(&stat))
    }
}

/// Whether a line of `/proc/PID/stat` is of a process that has not ended; one that nobody has
/// waited for yet is still listed.
fn runs(stat: &str) -> bool {
    // The name, in brackets, may hold anything.
    let state = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    !state.is_empty() && !state.starts_with(['Z', 'X'])
}

/// Makes a folder and those above it.
pub(crate) fn make(dir: &Path) -> Outcome {
    fs::create_dir_all(dir).map_err(|why| format!("cannot make {}: {why}", dir.display()))
}

/// Writes a file that a component reads.
pub(crate) fn write(file: &Path, text: &str) -> Outcome {
    fs::write(file, text).map_err(|why| format!("cannot write {}: {why}", file.display()))
}

fn remove(path: &Path) -> Outcome {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot remove {}: {why}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_process_does_not_run_whatever_its_name() {
        assert!(runs("12 (weed) S 1 2"));
        assert!(runs("12 (a) Z (b) R 1 2"));
        assert!(!runs("12 (a) S (b) Z 1 2"));
        assert!(!runs(""));
    }

    #[test]
    fn a_process_counts_as_ours_only_with_its_mark() {
        let daemon = |pid, mark: &str| Daemon { pid, mark: mark.into() };
        let program = std::env::args().next().unwrap();
        assert!(daemon(std::process::id(), &program).lives());
        assert!(!daemon(std::process::id(), "/no/such/mark").lives());
        assert!(!daemon(u32::MAX, &program).lives());
    }
}
