//! The definition of the command line, and the client against a server that says what a test wants.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use clap::CommandFactory as _;

use super::client::{Ask, NDJSON};
use super::failure::Exit;
use super::path::ApiPath;
use super::*;

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_noun_of_now_is_listed_and_none_of_later() {
    let command = Cli::command();
    let listed: Vec<_> = command.get_subcommands().filter(|sub| !sub.is_hide_set()).map(|sub| sub.get_name()).collect();
    let now = "demo serve check-config doctor login logout whoami project user service-account member token \
               integration datasource object url credential grant policy audit key issuer backup completions";
    assert_eq!(listed, now.split_whitespace().collect::<Vec<_>>());
    let help = Cli::command().render_long_help().to_string();
    for later in ["access", "secret", "link", "agent", "man"] {
        assert!(!help.lines().any(|line| line.trim_start().starts_with(&format!("{later} "))), "{later} in {help}");
    }
}

#[test]
fn lines_of_the_contract_are_understood() {
    for line in [
        "demo --once --data d --listen 127.0.0.1:0",
        "serve --config f",
        "login --user u --password-file f",
        "user reset-password u --offline",
        "user set-property u department=x",
        "member add ann --role developer",
        "token create ci --service-account s --role viewer --ttl 90d",
        "integration create aws-cross-account i --set role_arn=arn:aws:iam::1:role/r --secret-file k=p --secret-stdin l --proof off --reason t",
        "integration setup i --datasource d --datasource e --format terraform",
        "integration setup --method aws-cross-account --bucket b --prefix p --purpose input --kms-key-arn a --server-network c --worker-network c --viewer-network c --vpc v",
        "integration delete i --yes",
        "datasource create d --integration i --bucket b --purpose input --output-datasource o --region r --sse kms --kms-key-arn a --cors-origin u --proof read-only",
        "object list d --prefix p --glob g --relevant k --modified-after 2026-01-01T00:00:00Z --modified-before 2026-01-01T00:00:00Z",
        "url sign d k1 k2 --from - --method PUT --ttl 15m",
        "credential issue d --access read-write --prefix p --ttl 1h --format aws-process",
        "grant revoke 1",
        "grant revoke --by integration=i",
        "policy generate --method gcp-cross-project --set project_id=p --bucket b --prefix p --purpose output --bucket c --prefix q --purpose input --gsutil",
        "policy generate i --datasource d --format cli",
        "integration methods",
        "integration methods m",
        "policy lint f",
        "policy lint - --kind aws-trust",
        "policy simulate --identity a b --identity c --session s --bucket-policy p --trust t --principal p --action a:b --resource r --context k=v l=w --context k=x",
        "audit verify f --public-key k --checkpoint c",
        "audit export --project p --output json --server http://x --token-file t --context c",
        "key rewrap --new-root-key-file f",
        "backup create f",
        "completions fish",
    ] {
        let parsed = Cli::try_parse_from(std::iter::once("tidegate").chain(line.split(' ')));
        assert!(parsed.is_ok(), "{line}: {}", parsed.err().unwrap());
    }
    for line in [
        "grant revoke",
        "grant revoke 1 --by integration=i",
        "url sign d",
        "token create t --ttl 1w",
        "integration create m n --proof off",
        "datasource create d --integration i --bucket b --purpose input --proof off",
        "integration setup",
        "policy generate",
        "policy lint",
        "policy lint f --kind aws",
        "secret list",
    ] {
        let parsed = Cli::try_parse_from(std::iter::once("tidegate").chain(line.split(' ')));
        assert_eq!(parsed.err().map(|error| error.exit_code()), Some(2), "{line}");
    }
}

/// Answers one request with these bytes, closes, and gives the request back.
fn server(answer: &'static [u8]) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let handle = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            let read = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..read]);
        }
        stream.write_all(answer).unwrap();
        String::from_utf8(request).unwrap()
    });
    (url, handle)
}

fn remote(url: &str, env: &[(&str, &str)]) -> Remote {
    let env: Environment = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let globals = Globals { server: Some(url.to_owned()), project: Some("p".to_owned()), ..Globals::default() };
    Remote::new(&globals, &env, Terminal::new(Some(terminal::Output::Json), &env), false).unwrap()
}

fn block_on<T>(task: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(task)
}

#[test]
fn a_request_carries_token_and_idempotency_key_and_escapes_its_path() {
    let (url, handle) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let remote = remote(&url, &[("TIDEGATE_TOKEN", "tok")]);
    let path = remote.in_project(&["members", "a/b"]).unwrap();
    block_on(remote.post(&path, &serde_json::json!({}))).unwrap();
    let request = handle.join().unwrap().to_ascii_lowercase();
    assert!(request.starts_with("post /api/v1/projects/p/members/a%2fb http/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: bearer tok\r\n") && request.contains("idempotency-key: "), "{request}");
}

#[test]
fn a_connection_that_the_server_closed_meanwhile_is_made_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (closed, mut wait) = tokio::sync::mpsc::unbounded_channel();
    let handle = std::thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
            drop(stream);
            closed.send(()).unwrap();
        }
    });
    let remote = remote(&url, &[]);
    block_on(async {
        for _ in 0..2 {
            assert_eq!(remote.get(&ApiPath::new(&["x"])).await.unwrap(), "{}");
            // Waiting in the runtime lets it see that the connection is gone: one that closes while the next
            // request is on its way is another matter.
            wait.recv().await.unwrap();
        }
    });
    handle.join().unwrap();
}

#[test]
fn a_refusal_is_the_servers_own_words() {
    let (url, handle) = server(
        b"HTTP/1.1 404 Not Found\r\ncontent-type: application/problem+json\r\ncontent-length: 55\r\n\r\n\
          {\"title\":\"Not found\",\"code\":\"not_found\",\"detail\":\"why\"}  ",
    );
    let failure = block_on(remote(&url, &[]).get(&ApiPath::new(&["x"]))).unwrap_err();
    handle.join().unwrap();
    assert_eq!((failure.code(), failure.exit()), ("not_found", Exit::Failed));
    assert_eq!(failure.render(false), "error[not_found]: why\n");
}

#[test]
fn redirects_web_pages_and_silence_are_not_the_server() {
    for answer in [
        &b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"[..],
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>",
        b"",
        b"SSH-2.0-OpenSSH\r\n",
    ] {
        let (url, handle) = server(answer);
        let failure = block_on(remote(&url, &[]).get(&ApiPath::new(&["x"]))).unwrap_err();
        handle.join().unwrap();
        assert_eq!(failure.exit(), Exit::Unreached, "{}", failure.render(false));
    }
    // A port that nobody listens on any more.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let failure = block_on(remote(&format!("http://{gone}"), &[]).get(&ApiPath::new(&["x"]))).unwrap_err();
    assert_eq!(failure.exit(), Exit::Unreached);
}

#[test]
fn lines_are_read_across_pieces_and_a_broken_connection_is_noticed() {
    let whole = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\na\nb\r\n4\r\nc\n\nd\r\n0\r\n\r\n";
    let cut = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\na\nb\r\n";
    let lines = |answer: &'static [u8]| {
        let (url, handle) = server(answer);
        let remote = remote(&url, &[]);
        let read = block_on(async {
            let mut lines = remote.send(Ask::get(&ApiPath::new(&["x"])).accepting(NDJSON)).await?.lines();
            let mut all = Vec::new();
            while let Some(line) = lines.next().await? {
                all.push(String::from_utf8(line.to_vec()).unwrap());
            }
            Ok::<_, Failure>(all)
        });
        handle.join().unwrap();
        read
    };
    assert_eq!(lines(whole).unwrap(), ["a", "bc", "", "d"]);
    assert_eq!(lines(cut).unwrap_err().exit(), Exit::Unreached);
}

#[test]
fn events_are_read_with_their_names() {
    let (url, handle) = server(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
          : hello\n\nevent: check\ndata: {\"a\":\ndata: 1}\n\nevent: proof\r\ndata: {}\r\n\r\n",
    );
    let remote = remote(&url, &[]);
    let events = block_on(async {
        let answer = remote.send(Ask::get(&ApiPath::new(&["x"]))).await.unwrap();
        assert!(answer.is_events());
        let mut events = answer.events();
        let mut all = Vec::new();
        while let Some(event) = events.next().await.unwrap() {
            all.push((event.name, String::from_utf8(event.data.to_vec()).unwrap()));
        }
        all
    });
    handle.join().unwrap();
    assert_eq!(events, [("check".into(), "{\"a\":\n1}".into()), ("proof".into(), "{}".to_owned())]);
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let line = ["tidegate", "man", folder.path().to_str().unwrap()];
    let code = block_on(run(Cli::try_parse_from(line).unwrap(), &Environment::new()));
    assert_eq!(code, ExitCode::SUCCESS);
    assert!(folder.path().join("tidegate-integration-create.1").exists());
    assert!(!folder.path().join("tidegate-man.1").exists());
}

#[test]
fn https_trusts_the_named_certificate_and_no_other() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let asked = |trusted: String| {
        let key = rustls_pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()).into();
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let handle = std::thread::spawn(move || {
            let (tcp, _) = listener.accept().unwrap();
            let connection = rustls::ServerConnection::new(std::sync::Arc::new(config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, tcp);
            // The other side may refuse the certificate, which is the point.
            if stream.read(&mut [0; 4096]).is_ok() {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
            }
        });
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), trusted).unwrap();
        let globals = Globals { server: Some(url), ca_file: Some(file.path().to_owned()), ..Globals::default() };
        let env = Environment::new();
        let remote = Remote::new(&globals, &env, Terminal::new(None, &env), false).unwrap();
        let answer = block_on(remote.get(&ApiPath::new(&["x"])));
        handle.join().unwrap();
        answer
    };
    assert_eq!(asked(made.cert.pem()).unwrap(), "{}");
    assert_eq!(asked(other.cert.pem()).unwrap_err().exit(), Exit::Unreached);
}
