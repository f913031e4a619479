//! Tabs, cookies and the clipboard.

use serde_json::{Value, json};

use super::Browser;

/// A tab of the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab(String);

/// A cookie that the page's host has set.
#[derive(Debug, Clone)]
pub struct Cookie {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// The path it is sent to.
    pub path: String,
    /// Whether scripts cannot read it.
    pub http_only: bool,
    /// Whether it is sent over TLS only.
    pub secure: bool,
    /// `Strict`, `Lax` or `None`.
    pub same_site: String,
}

impl Browser {
    /// Opens an empty tab, goes there, and gives the one left.
    #[track_caller]
    pub fn new_tab(&self) -> Tab {
        let left = self.tab();
        let made = self.driver("POST", "/window/new", &json!({"type": "tab"}));
        let handle = made.get("handle").and_then(Value::as_str).expect("a new tab has a handle");
        self.switch(&Tab(handle.to_owned()));
        left
    }

    /// The tab that is shown.
    #[track_caller]
    pub fn tab(&self) -> Tab {
        let handle = self.session.command("GET", "/window", None).ok();
        Tab(handle.as_ref().and_then(Value::as_str).expect("a tab is open").to_owned())
    }

    /// All tabs; a link may have opened one.
    #[track_caller]
    pub fn tabs(&self) -> Vec<Tab> {
        let handles = self.session.command("GET", "/window/handles", None).unwrap_or_default();
        handles
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(|handle| Tab(handle.to_owned()))
            .collect()
    }

    /// Goes to another tab.
    #[track_caller]
    pub fn switch(&self, tab: &Tab) {
        self.driver("POST", "/window", &json!({"handle": tab.0}));
        // A tab knows nothing of what was said to others.
        self.show(self.session.view.get());
    }

    /// The cookies that the page's host gets.
    #[track_caller]
    pub fn cookies(&self) -> Vec<Cookie> {
        let found = self.session.command("GET", "/cookie", None);
        let found = self.must("reading cookies", found);
        found.as_array().into_iter().flatten().map(cookie).collect()
    }

    /// Forgets all cookies, as when a session has ended; with all tabs and pages left as they are.
    #[track_caller]
    pub fn forget_cookies(&self) {
        let done = self.session.command("DELETE", "/cookie", None);
        self.must("forgetting cookies", done);
    }

    /// Waits until something was copied, and gives it.
    #[track_caller]
    pub fn clipboard(&self) -> String {
        let permissions = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
        self.cdp("Browser.grantPermissions", &permissions);
        self.until("something copied", || {
            let script = "const done = arguments[0]; navigator.clipboard.readText().then(done, e => done(''))";
            let read = self.session.run_async(script, &[]).map_err(|why| why.to_string())?;
            read.as_str().filter(|text| !text.is_empty()).map(str::to_owned).ok_or_else(String::new)
        })
    }

    #[track_caller]
    pub(super) fn driver(&self, method: &str, path: &str, body: &Value) -> Value {
        let done = self.session.command(method, path, Some(body));
        self.must(&format!("{method} {path}"), done)
    }
}

fn cookie(found: &Value) -> Cookie {
    let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let flag = |name: &str| found.get(name).and_then(Value::as_bool).unwrap_or_default();
    Cookie {
        name: text("name"),
        value: text("value"),
        path: text("path"),
        http_only: flag("httpOnly"),
        secure: flag("secure"),
        same_site: text("sameSite"),
    }
}
