//! The real program, started as a person would: a server on a folder of its own, and the command
//! line talking to it.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Killed, status, wait_for};

/// What the server prints when it listens.
const LISTENING: &str = "listening on http://";

/// How long starting and stopping may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server with data of its own; killed when dropped, then the data is wiped.
pub struct Tidegate {
    setup: Setup,
    dir: TempDir,
    process: Option<Killed>,
    address: Option<SocketAddr>,
    runs: usize,
}

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Setup {
    program: PathBuf,
    config: String,
    environment: Vec<(String, String)>,
}

/// What a command did.
#[derive(Debug, Clone)]
pub struct Output {
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Setup {
    /// The program to run: `env!("CARGO_BIN_EXE_tidegate")` in tests of the application.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), config: String::new(), environment: Vec::new() }
    }

    /// Adds to the configuration; `listen` and `data_dir` are there already.
    pub fn config(mut self, toml: &str) -> Self {
        self.config.push_str(toml);
        self.config.push('\n');
        self
    }

    /// Adds a variable for the server; nothing is inherited but `PATH`.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it and waits until it is ready.
    pub fn start(self) -> Tidegate {
        let mut tidegate = self.prepare();
        tidegate.start();
        tidegate
    }

    /// Makes folder and configuration, without starting: for commands that need no server.
    pub fn prepare(self) -> Tidegate {
        let dir = tempfile::Builder::new().prefix("tg-").tempdir().expect("the temporary folder can be written");
        let data = serde_json::to_string(&dir.path().join("data")).expect("a path is text");
        let config = format!("listen = \"127.0.0.1:0\"\ndata_dir = {data}\n{}", self.config);
        fs::write(dir.path().join("tidegate.toml"), config).expect("the configuration can be written");
        fs::create_dir(dir.path().join("home")).expect("a folder can be made");
        Tidegate { setup: self, dir, process: None, address: None, runs: 0 }
    }
}

impl Tidegate {
    /// Starts the server on the same data.
    pub fn start(&mut self) {
        assert!(self.process.is_none(), "the server runs already");
        self.runs += 1;
        let (out, err) = (self.log("out"), self.log("err"));
        let open = |path: &Path| File::create(path).expect("a log can be written");
        let child = self
            .command()
            .args(["serve", "--config"])
            .arg(self.config_file())
            .env("TIDEGATE_ADMIN_TOKEN_FILE", self.admin_token_file())
            .envs(self.setup.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(open(&out))
            .stderr(open(&err))
            .spawn()
            .unwrap_or_else(|why| panic!("{} cannot be started: {why}", self.setup.program.display()));
        let mut process = Killed(child);
        let address = wait_for(PATIENCE, || {
            let ended = process.has_ended();
            let said = |file: &Path| fs::read_to_string(file).unwrap_or_default();
            let found = listening(&said(&out)).or_else(|| listening(&said(&err)));
            (found.is_some() || ended).then_some(found)
        });
        let Some(Some(address)) = address else { panic!("the server does not listen:\n{}", self.logs()) };
        let ready = wait_for(PATIENCE, || {
            let ended = process.has_ended();
            (ended || status(address, "/readyz") == Some(200)).then_some(!ended)
        });
        assert_eq!(ready, Some(true), "the server does not become ready:\n{}", self.logs());
        self.address = Some(address);
        self.process = Some(process);
    }

    /// Sets a variable of the server for its next starts, or removes it.
    pub fn set_env(&mut self, name: &str, value: Option<&str>) {
        self.setup.environment.retain(|(known, _)| known != name);
        self.setup.environment.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }

    /// Waits until the server, or a command that logs there, has said something.
    pub fn wait_for_log(&self, text: &str) {
        let said = wait_for(PATIENCE, || self.logs().contains(text).then_some(()));
        assert!(said.is_some(), "it never said '{text}':\n{}", self.logs());
    }

    /// Where it listens, `http://127.0.0.1:port`; another port after every start.
    pub fn url(&self) -> String {
        format!("http://{}", self.address.expect("the server was started"))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server runs").0.id()
    }

    /// Ends it at once, as a power cut would: `kill -9`.
    pub fn kill(&mut self) {
        self.process.take().expect("the server runs").kill();
    }

    /// Waits for a server that ends by itself, as at a failpoint, and gives its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        let mut process = self.process.take().expect("the server runs");
        wait_for(PATIENCE, || process.0.try_wait().ok().flatten())
            .unwrap_or_else(|| panic!("the server does not end:\n{}", self.logs()))
            .code()
    }

    /// Asks it to end, waits, and gives its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let signal = format!("kill -TERM {}", self.pid());
        let sent = Command::new("sh").args(["-c", &signal]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the server cannot be asked to stop");
        self.wait()
    }

    /// Kills it and starts it on the same data.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        self.start();
    }

    /// Runs the command line against the server as the administrator.
    pub fn cli<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        finish(self.cli_command().args(arguments), None)
    }

    /// The same with something on standard input.
    pub fn cli_with_input<A: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        input: &[u8],
    ) -> Output {
        finish(self.cli_command().args(arguments), Some(input))
    }

    /// The command line, prepared: server, token, and an empty home; change what you like.
    pub fn cli_command(&self) -> Command {
        let mut command = self.command();
        command.env("TIDEGATE_TOKEN_FILE", self.admin_token_file());
        if self.address.is_some() {
            command.env("TIDEGATE_SERVER", self.url());
        }
        command
    }

    /// The program with an environment of its own.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.setup.program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.dir.path().join("home")).current_dir(self.dir.path());
        command
    }

    /// The folder of this server; tests may put files there.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The folder with database and root key.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The configuration.
    pub fn config_file(&self) -> PathBuf {
        self.dir.path().join("tidegate.toml")
    }

    /// The administrator's token, in a file.
    pub fn admin_token_file(&self) -> PathBuf {
        self.dir.path().join("admin.token")
    }

    /// The administrator's token.
    pub fn admin_token(&self) -> String {
        let token = fs::read_to_string(self.admin_token_file()).expect("the server wrote the administrator's token");
        token.trim_end().to_owned()
    }

    /// Everything that every run has printed.
    pub fn logs(&self) -> String {
        let files = (1..=self.runs).flat_map(|run| ["out", "err"].map(|kind| self.log_of(run, kind)));
        files.map(|file| String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned()).collect()
    }

    /// Every file of the data folder, for looking into: path and bytes.
    pub fn data_files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut folders = vec![self.data_dir()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok) {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                    _ => files.push((entry.path(), fs::read(entry.path()).unwrap_or_default())),
                }
            }
        }
        files
    }

    /// Adds to the configuration for the next start.
    pub fn add_config(&self, toml: &str) {
        let mut file = OpenOptions::new().append(true).open(self.config_file()).expect("the configuration is there");
        writeln!(file, "{toml}").expect("the configuration can be written");
    }

    fn log(&self, kind: &str) -> PathBuf {
        self.log_of(self.runs, kind)
    }

    fn log_of(&self, run: usize, kind: &str) -> PathBuf {
        self.dir.path().join(format!("serve-{run}.{kind}"))
    }
}

impl Output {
    /// Itself, if the command succeeded; else the test fails and shows what it said.
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "the command failed:\n{}{}", self.stdout, self.stderr);
        self
    }

    /// Itself, if the command ended with this code.
    pub fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, expected, "the command ended otherwise:\n{}{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|why| panic!("not JSON ({why}):\n{}{}", self.stdout, self.stderr))
    }
}

fn finish(command: &mut Command, input: Option<&[u8]>) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program can be started");
    let stdin = child.stdin.take();
    let done = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A command that fails early does not read to the end.
            stdin.zip(input).map(|(mut stdin, input)| stdin.write_all(input))
        });
        child.wait_with_output()
    });
    let done = done.expect("the program can be waited for");
    Output {
        code: done.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&done.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

/// The address in the first whole line that names one.
fn listening(said: &str) -> Option<SocketAddr> {
    let whole = said.get(..said.rfind('\n')?)?;
    whole.lines().find_map(|line| {
        let (_, rest) = line.split_once(LISTENING)?;
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':')).unwrap_or(rest.len());
        rest.get(..end)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_a_whole_line() {
        assert_eq!(listening("listening on http://127.0.0.1:73"), None);
        assert_eq!(listening("hello\nlistening on http://127.0.0.1:7373\n"), "127.0.0.1:7373".parse().ok());
        assert_eq!(listening("{\"message\":\"listening on http://127.0.0.1:80\"}\n"), "127.0.0.1:80".parse().ok());
        assert_eq!(listening("listening on http://127.0.0.1:0x\n"), "127.0.0.1:0".parse().ok());
    }

    /// A stand-in for the program, so that the kit is tested before there is one.
    fn stand_in(dir: &Path) -> PathBuf {
        let program = dir.join("program");
        fs::write(
            &program,
            "#!/bin/sh\ncase \"$1\" in\n\
             serve) [ -n \"$TIDEGATE_ADMIN_TOKEN_FILE\" ] || exit 9; echo refused >&2; exit 7 ;;\n\
             env) env ;;\n cat) cat ;;\n *) echo \"{\\\"said\\\": \\\"$1\\\"}\"; exit 1 ;;\nesac\n",
        )
        .unwrap();
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        program
    }

    #[test]
    fn commands_run_with_an_environment_of_their_own() {
        let dir = TempDir::new().unwrap();
        let tidegate = Setup::new(stand_in(dir.path())).config("[log]\nlevel = \"debug\"").prepare();
        let environment = tidegate.cli(["env"]).ok().stdout;
        assert!(environment.contains("TIDEGATE_TOKEN_FILE=") && !environment.contains("CARGO"), "{environment}");
        assert_eq!(tidegate.cli(["x"]).code(1).json()["said"], "x");
        assert_eq!(tidegate.cli_with_input(["cat"], b"in").ok().stdout, "in");
        let config = fs::read_to_string(tidegate.config_file()).unwrap();
        assert!(config.starts_with("listen = \"127.0.0.1:0\"\ndata_dir = \"") && config.contains("[log]\n"));
    }

    #[test]
    #[should_panic(expected = "the server does not listen:\nrefused")]
    fn a_server_that_ends_at_once_shows_its_log() {
        let dir = TempDir::new().unwrap();
        Setup::new(stand_in(dir.path())).start();
    }
}
