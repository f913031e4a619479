//! What tests of the console share: a server with a known administrator, people, stores and buckets
//! made the short way, and browsers that are signed in the long one.

use serde_json::{Value, json};
use testkit::Bucket;
use testkit::browser::{Browser, Options};
use testkit::component::{WRITER, seaweed};
use testkit::request::{Call, send};
use testkit::tidegate::{Setup, Tidegate};

use crate::cli::account::Connected;
use crate::support::{ADMIN_PASSWORD, Api, EGRESS, PROGRAM, PROJECT, admin, body, give_password};

/// The passwords of everybody else.
pub(crate) const PASSWORD: &str = "own-Password-of-theirs";

/// A server with a console.
pub(crate) struct Console {
    pub(crate) tidegate: Tidegate,
    /// The administrator's way past the console.
    pub(crate) api: Api,
}

impl Console {
    /// As after the first start: nothing but the administrator.
    pub(crate) fn empty() -> Self {
        Self::configured("")
    }

    /// The same with more configuration.
    pub(crate) fn configured(toml: &str) -> Self {
        Self::with_egress(EGRESS, toml)
    }

    /// The same where other addresses than the usual ones are reached; what follows goes on in that section.
    pub(crate) fn with_egress(egress: &str, toml: &str) -> Self {
        let mut tidegate = Setup::new(PROGRAM).config(egress).config(toml).prepare();
        give_password(&mut tidegate);
        tidegate.start();
        Self::of(tidegate)
    }

    /// With the project, whose owner is the administrator.
    pub(crate) fn start() -> Self {
        let console = Self::empty();
        admin(&console.tidegate, &format!("project create {PROJECT}")).ok();
        console
    }

    /// The console of an account connected by a role: integration `lake`, datasources `in`, `out`.
    pub(crate) fn of_connected(connected: Connected) -> (Self, crate::cli::account::Account) {
        (Self::of(connected.tidegate), connected.account)
    }

    fn of(tidegate: Tidegate) -> Self {
        let api = Api::admin(&tidegate);
        Self { tidegate, api }
    }

    /// A browser at `/`, signed in as the administrator.
    pub(crate) fn open(&self) -> Browser {
        self.open_with(Options::default())
    }

    /// The same for another kind of browser.
    pub(crate) fn open_with(&self, options: Options) -> Browser {
        let browser = Browser::open_with(options);
        self.sign_in(&browser, "admin", ADMIN_PASSWORD);
        browser
    }

    /// A browser at `/`, signed in as somebody made by `person`.
    pub(crate) fn open_as(&self, name: &str) -> Browser {
        let browser = Browser::open();
        self.sign_in(&browser, name, PASSWORD);
        browser
    }

    /// A browser at this path, signed in as nobody.
    pub(crate) fn visit(&self, path: &str) -> Browser {
        let browser = Browser::open();
        self.go(&browser, path);
        browser
    }

    /// Fills in the form, sends it, and waits until it has let the person in.
    #[track_caller]
    pub(crate) fn sign_in(&self, browser: &Browser, name: &str, password: &str) {
        self.go(browser, "/sign-in");
        browser.fill_label("User name", name);
        browser.fill_label("Password", password);
        browser.press_button("Sign in");
        let at = browser.path();
        assert!(!at.starts_with("/sign-in"), "{name} was not let in: {}", browser.text("body"));
    }

    /// Goes to a path of the console; one in the project begins with `P/`.
    #[track_caller]
    pub(crate) fn go(&self, browser: &Browser, path: &str) {
        browser.go(&format!("{}{}", self.tidegate.url(), path_of(path)));
    }

    /// Makes a user with `PASSWORD` and this role in the project, or with none if it is empty.
    pub(crate) async fn person(&self, name: &str, role: &str) -> Api {
        let first = "first-Password-of-theirs";
        self.made("users", &json!({"name": name, "password": first})).await;
        let session = json!({"username": name, "password": first, "new_password": PASSWORD}).to_string();
        let call = Call::new("POST", "/api/v1/sessions").header("content-type", "application/json").body(session);
        let token = body(&send(&self.tidegate.url(), call).await.ok())["token"].as_str().unwrap().to_owned();
        if !role.is_empty() {
            self.made("P/members", &json!({"principal": name, "role": role})).await;
        }
        Api::with_token(&self.tidegate, token)
    }

    /// Makes what a `POST` of the administrator makes, and gives the answer.
    #[track_caller]
    pub(crate) fn made<'a>(&'a self, path: &'a str, new: &'a Value) -> impl Future<Output = Value> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.api.post(path, new).await;
            assert!((200..300).contains(&answer.status), "{caller}: {path} answered {}", answer.text());
            body(&answer)
        }
    }

    /// A bucket that pages of this console may use, and an integration of this name that may read,
    /// list and write `data/` in it: a real pair of keys, proven.
    pub(crate) async fn store(&self, integration: &str) -> Bucket {
        let bucket = Bucket::create_with_prefix(&seaweed().url, "tg-keys-").await;
        bucket.allow_origin(&self.tidegate.url()).await.ok();
        self.made("P/integrations", &store(integration)).await;
        bucket
    }

    /// A proven datasource of `data/` in such a bucket.
    pub(crate) async fn datasource(&self, name: &str, integration: &str, bucket: &Bucket, purpose: &str) -> Value {
        let new = json!({"name": name, "integration": integration, "bucket": bucket.name(), "prefix": "data",
            "purpose": purpose});
        self.made("P/datasources", &new).await
    }

    /// As many integrations, unproven, as a long list needs: `NAME-000`, `NAME-001`, ...
    pub(crate) async fn integrations(&self, name: &str, count: usize) {
        for at in 0..count {
            let mut new = store(&format!("{name}-{at:03}"));
            new["proof"] = json!("off");
            new["reason"] = json!("one of many");
            self.made("P/integrations", &new).await;
        }
    }
}

/// The path in the project `P/...` stands for, or itself.
pub(crate) fn path_of(path: &str) -> String {
    match path.strip_prefix("P/") {
        Some(rest) => format!("/projects/{PROJECT}/{rest}"),
        None => path.to_owned(),
    }
}

/// An integration with the keys of the user who may read and write `data/` in buckets `tg-keys-*`.
pub(crate) fn store(name: &str) -> Value {
    json!({
        "name": name, "method": "s3-compatible",
        "settings": {"preset": "seaweedfs", "endpoint": seaweed().url, "access_key_id": WRITER.access_key_id},
        "secrets": {"secret_access_key": WRITER.secret_access_key}
    })
}
