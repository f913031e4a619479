//! What tests of the whole program share: how it is started, and how it is talked to.

use serde_json::Value;
use testkit::request::{Answer, Call, send};
use testkit::tidegate::{Output, Setup, Tidegate};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tidegate");

/// The project of the tests.
pub(crate) const PROJECT: &str = "acme";

/// The real components listen on loopback, which the egress guard refuses unless told.
pub(crate) const EGRESS: &str = "[egress]\nallow = [\"127.0.0.0/8\"]";

/// The administrator's password where a test has chosen it, as all of the console's do.
pub(crate) const ADMIN_PASSWORD: &str = "admin-Password-of-tests";

/// Lets the administrator sign in with that password; before the first start.
pub(crate) fn give_password(tidegate: &mut Tidegate) {
    let file = tidegate.dir().join("admin.password");
    std::fs::write(&file, ADMIN_PASSWORD).unwrap();
    tidegate.set_env("TIDEGATE_ADMIN_PASSWORD_FILE", file.to_str());
}

/// A server that may reach loopback, with the project.
pub(crate) fn started() -> Tidegate {
    let tidegate = Setup::new(PROGRAM).config(EGRESS).start();
    admin(&tidegate, &format!("project create {PROJECT}")).ok();
    tidegate
}

/// A command of the administrator in the project; answers and errors are JSON.
pub(crate) fn admin(tidegate: &Tidegate, line: &str) -> Output {
    admin_with(tidegate, line, &[])
}

/// The same with arguments at the end that may hold blanks.
pub(crate) fn admin_with(tidegate: &Tidegate, line: &str, more: &[&str]) -> Output {
    let fixed = ["--output", "json", "--project", PROJECT];
    tidegate.cli(fixed.into_iter().chain(line.split_whitespace()).chain(more.iter().copied()))
}

/// What a command said on standard error, as JSON: the problem document.
pub(crate) fn problem_of(output: &Output) -> Value {
    serde_json::from_str(&output.stderr).unwrap_or_else(|why| panic!("not a problem ({why}): {}", output.stderr))
}

/// The status of a check in a proof.
pub(crate) fn check<'a>(proof: &'a Value, name: &str) -> &'a Value {
    let checks = proof["checks"].as_array().unwrap_or_else(|| panic!("not a proof: {proof}"));
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no check {name} in {proof}"))
}

/// Fails the test unless all of these checks ended so.
pub(crate) fn assert_checks(proof: &Value, status: &str, names: &[&str]) {
    for name in names {
        assert_eq!(check(proof, name)["status"], status, "{}", check(proof, name));
    }
}

/// The HTTP interface, as one principal.
pub(crate) struct Api {
    origin: String,
    token: String,
}

impl Api {
    /// As the administrator.
    pub(crate) fn admin(tidegate: &Tidegate) -> Self {
        Self { origin: tidegate.url(), token: tidegate.admin_token() }
    }

    /// As whoever holds this token.
    pub(crate) fn with_token(tidegate: &Tidegate, token: String) -> Self {
        Self { origin: tidegate.url(), token }
    }

    /// A request below `/api/v1`; a path in the project begins with `P/`.
    pub(crate) async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let path = match path.strip_prefix("P/") {
            Some(rest) => format!("/api/v1/projects/{PROJECT}/{rest}"),
            None => format!("/api/v1/{path}"),
        };
        let mut call = Call::new(method, &path).header("authorization", &format!("Bearer {}", self.token));
        for (name, value) in headers {
            call = call.header(name, value);
        }
        send(&self.origin, call.body(body.to_vec())).await
    }

    /// A request with a JSON body.
    pub(crate) async fn json(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.call(method, path, &headers, body.to_string().as_bytes()).await
    }

    /// `POST` with a JSON body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json("POST", path, &[], body).await
    }

    /// `GET`.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], b"").await
    }
}

/// The revision that the answer names.
pub(crate) fn etag(answer: &Answer) -> String {
    let named = answer.headers.get("etag").and_then(|value| value.to_str().ok());
    named.unwrap_or_else(|| panic!("no ETag: {}", answer.text())).to_owned()
}

/// The body as JSON.
pub(crate) fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|why| panic!("not JSON ({why}): {}", answer.text()))
}

/// Fails the test unless the answer is this problem, naming this field; an empty pointer asks for none.
pub(crate) fn assert_problem(answer: &Answer, status: u16, code: &str, pointer: &str) {
    let problem = body(answer);
    assert_eq!((answer.status, &problem["code"]), (status, &Value::from(code)), "{problem}");
    let pointers: Vec<_> = problem["errors"].as_array().into_iter().flatten().map(|field| &field["pointer"]).collect();
    let named = pointer.is_empty() || pointers.contains(&&Value::from(pointer));
    assert!(named, "{pointer} is not named: {problem}");
}
