//! A real Chromium that a test drives as a person would.
//!
//! Calls block, and wait for what they need: a page that is still loading is no fault. What does
//! not come in time fails the test at its own line, with the address and what the page shows.
//! Prefer what a person goes by, names of buttons, links and fields, over selectors: that is also
//! what a screen reader says. Dropping the last handle ends the browser and wipes its profile.

mod judge;
mod keys;
mod leave;
mod named;
mod page;
mod session;
mod slot;
mod tabs;
#[cfg(test)]
mod tests;
mod view;
mod wait;
mod wire;

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use session::Session;
use wire::Refused;

pub use judge::{Violation, judge};
pub use keys::Keys;
pub use tabs::{Cookie, Tab};
pub use view::{Size, Theme};

use view::View;

/// A browser, or a part of the page in it.
#[derive(Clone)]
pub struct Browser {
    session: Rc<Session>,
    /// Selectors, each taken in the first element of the one before; nothing outside is seen.
    scope: Vec<String>,
    patience: Duration,
}

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a browser is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    view: View,
    insecure_certificates: bool,
}

impl Options {
    /// With a window of this size; a notebook's unless told.
    pub fn size(mut self, size: Size) -> Self {
        self.view.size = size;
        self
    }

    /// With a theme; light unless told.
    pub fn theme(mut self, theme: Theme) -> Self {
        self.view.theme = theme;
        self
    }

    /// Without scripts in pages.
    pub fn without_scripts(mut self) -> Self {
        self.view.scripts = false;
        self
    }

    /// Taking any certificate.
    pub fn accept_insecure_certificates(mut self) -> Self {
        self.insecure_certificates = true;
        self
    }
}

impl Browser {
    /// A light notebook's browser with scripts.
    #[track_caller]
    pub fn open() -> Self {
        Self::open_with(Options::default())
    }

    /// A browser of another kind.
    #[track_caller]
    pub fn open_with(options: Options) -> Self {
        let browser = Self {
            session: Rc::new(Session::start(options.insecure_certificates)),
            scope: Vec::new(),
            patience: PATIENCE,
        };
        browser.show(options.view);
        browser
    }

    /// The same browser, seeing only the first element that matches; inside a part, parts of it.
    #[must_use]
    pub fn within(&self, css: &str) -> Self {
        let mut part = self.clone();
        part.scope.push(css.to_owned());
        part
    }

    /// The same browser, waiting longer or shorter than twenty seconds for what should come.
    #[must_use]
    pub fn patient_for(&self, patience: Duration) -> Self {
        Self { patience, ..self.clone() }
    }

    /// Runs the body of a function in the page and gives what it returns.
    #[track_caller]
    pub fn eval(&self, script: &str) -> Value {
        self.eval_with(script, &[])
    }

    /// The same with `arguments`.
    #[track_caller]
    pub fn eval_with(&self, script: &str, arguments: &[Value]) -> Value {
        let done = self.session.run(script, arguments);
        self.must("the script", done)
    }

    /// The same for a script that calls its last argument with the result when it is there.
    #[track_caller]
    pub fn eval_async(&self, script: &str, arguments: &[Value]) -> Value {
        let done = self.session.run_async(script, arguments);
        self.must("the script", done)
    }

    /// A command of Chromium's own protocol, such as `Network.emulateNetworkConditions`.
    #[track_caller]
    pub fn cdp(&self, name: &str, parameters: &Value) -> Value {
        let done = self.session.cdp(name, parameters);
        self.must(name, done)
    }

    /// Waits for a download of this name and gives its bytes.
    #[track_caller]
    pub fn downloaded(&self, name: &str) -> Vec<u8> {
        let file: PathBuf = self.session.downloads().join(name);
        // Chromium renames it into place when it is whole.
        self.until(&format!("a download named {name}"), || std::fs::read(&file).map_err(|why| why.to_string()))
    }
}
