//! What holds for every page in every state, checked wherever a test has reached one.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::view::View;
use super::{Browser, Size, Theme};
use crate::component;

/// The levels of the guidelines that are kept, and good practice.
const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// The rule that depends on the theme.
const CONTRAST: &str = "color-contrast";

/// What pictures are taken of.
const VARIANTS: [(Size, Theme); 4] = [
    (Size::PHONE, Theme::Light),
    (Size::PHONE, Theme::Dark),
    (Size::DESKTOP, Theme::Light),
    (Size::DESKTOP, Theme::Dark),
];

/// Something that keeps people from using a page.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The rule.
    pub id: String,
    /// `minor`, `moderate`, `serious` or `critical`.
    pub impact: String,
    /// What must hold.
    pub help: String,
    /// Where it does not: selector, markup, and what would mend it.
    pub nodes: Vec<String>,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}", self.id, self.impact, self.help)?;
        self.nodes.iter().try_for_each(|node| write!(f, "\n    {node}"))
    }
}

/// Fails the test unless the page, as it is now, is accessible in both themes, fits a telephone and
/// the window, and had no error: no script failed, and the content security policy blocked nothing.
///
/// `state` names page and state, as `integrations-empty`. With `cargo xtask screenshots` pictures
/// are taken too, and everything is judged in every variant. Answers that the page is meant to get,
/// such as a refusal to a script's request, count as errors: take them with `console_errors` first.
#[track_caller]
pub fn judge(browser: &Browser, state: &str) {
    let plain = state.contains('-') && state.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    assert!(plain, "'{state}' should be page and state in small letters, as 'integrations-empty'");
    let shown = browser.session.view.get();
    browser.eval(TO_THE_TOP);
    let mut faults = match component::screenshots() {
        Some(dir) => walk(browser, state, &dir),
        None => look(browser),
    };
    browser.show(shown);
    let own = browser.url();
    // A page may itself be the refusal that a test wants to see.
    let of_page = |error: &&String| !(error.starts_with(&own) && error.contains("Failed to load resource"));
    faults.extend(browser.console_errors().iter().filter(of_page).map(|error| format!("error: {error}")));
    assert!(
        faults.is_empty(),
        "{state} is not as every page should be:\n{}\n{}",
        faults.join("\n"),
        browser.situation()
    );
}

impl Browser {
    /// What keeps people from using the page, by axe-core.
    #[track_caller]
    pub fn axe(&self) -> Vec<Violation> {
        self.run_axe(&json!({"type": "tag", "values": TAGS}))
    }

    /// The errors that pages had since this was last asked, `SOURCE PLACE MESSAGE`: failed scripts,
    /// what the content security policy blocked, answers of 400 and above.
    #[track_caller]
    pub fn console_errors(&self) -> Vec<String> {
        let found = self.driver("POST", "/se/log", &json!({"type": "browser"}));
        let severe = |entry: &&Value| entry.get("level").and_then(Value::as_str) == Some("SEVERE");
        let entries = found.as_array().into_iter().flatten().filter(severe);
        entries.filter_map(|entry| entry.get("message")?.as_str()).map(str::to_owned).collect()
    }

    #[track_caller]
    fn run_axe(&self, rules: &Value) -> Vec<Violation> {
        let view = self.session.view.get();
        if !view.scripts {
            // The checker is a script too.
            self.show(View { scripts: true, ..view });
        }
        let loaded = self.eval("return typeof axe !== 'undefined'") == true;
        let source = if loaded { "" } else { axe_source() };
        let script = format!("{source};\n{RUN}");
        let found = self.eval_async(&script, std::slice::from_ref(rules));
        if !view.scripts {
            self.show(view);
        }
        assert!(found.is_array(), "axe-core failed: {found}");
        found.as_array().into_iter().flatten().map(violation).collect()
    }

    /// What is wider than the window, if the page can be scrolled sideways.
    #[track_caller]
    fn overflow(&self) -> Option<String> {
        let found = self.eval(OVERFLOW);
        found.as_str().map(|wide| {
            let Size { width, .. } = self.session.view.get().size;
            format!("overflow: at {width} pixels the page scrolls sideways, because of {wide}")
        })
    }
}

/// Everything in the test's own variant, and on a telephone in the other theme, where names may have
/// been hidden for want of room; the contrast of that theme at the test's own size too.
#[track_caller]
fn look(browser: &Browser) -> Vec<String> {
    let shown = browser.session.view.get();
    let mut faults: Vec<_> = browser.axe().iter().map(ToString::to_string).collect();
    faults.extend(browser.overflow());
    let theme = if shown.theme == Theme::Light { Theme::Dark } else { Theme::Light };
    browser.show(View { theme, ..shown });
    let contrast = browser.run_axe(&json!({"type": "rule", "values": [CONTRAST]}));
    faults.extend(contrast.iter().map(|violation| format!("{} theme: {violation}", theme.name())));
    if shown.size != Size::PHONE {
        browser.show(View { size: Size::PHONE, theme, ..shown });
        browser.eval(TO_THE_TOP);
        let width = Size::PHONE.width;
        faults.extend(browser.axe().iter().map(|violation| format!("{width}, {} theme: {violation}", theme.name())));
        faults.extend(browser.overflow());
    }
    faults
}

/// Everything in all variants, with a picture of each.
#[track_caller]
fn walk(browser: &Browser, state: &str, dir: &Path) -> Vec<String> {
    let shown = browser.session.view.get();
    fs::create_dir_all(dir).unwrap_or_else(|why| panic!("{} cannot be made: {why}", dir.display()));
    let mut faults = Vec::new();
    for (size, theme) in VARIANTS {
        browser.show(View { size, theme, ..shown });
        browser.eval(TO_THE_TOP);
        let variant = format!("{}-{}", size.width, theme.name());
        browser.screenshot(&dir.join(format!("{state}-{variant}.png")));
        faults.extend(
            browser.axe().iter().map(|violation| format!("{}, {} theme: {violation}", size.width, theme.name())),
        );
        faults.extend(browser.overflow());
    }
    faults
}

fn axe_source() -> &'static str {
    static SOURCE: OnceLock<String> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let file = component::axe();
        fs::read_to_string(&file).unwrap_or_else(|why| panic!("{} cannot be read: {why}", file.display()))
    })
}

fn violation(found: &Value) -> Violation {
    let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let nodes = found.get("nodes").and_then(Value::as_array).into_iter().flatten();
    let nodes = nodes.filter_map(Value::as_str).map(str::to_owned).collect();
    Violation { id: text("id"), impact: text("impact"), help: text("help"), nodes }
}

const RUN: &str = "const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']}).then(
  result => done(result.violations.map(({id, impact, help, nodes}) => ({id, impact: impact ?? '', help,
    nodes: nodes.map(n => `${n.target.join(' ')}  ${n.html.slice(0, 300)}  ${n.failureSummary.replace(/\\s+/g, ' ')}`)}))),
  error => done(String(error)));";

/// What has passed below a heading that stays in view is half covered wherever a page was left.
const TO_THE_TOP: &str = "scrollTo(0, 0)";

/// Elements inside something that scrolls by itself are not to blame.
const OVERFLOW: &str = "const root = document.documentElement;
if (root.scrollWidth <= root.clientWidth) return null;
const scrolls = e => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
  if (getComputedStyle(p).overflowX !== 'visible') return true; return false };
const wide = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > root.clientWidth + 1 && !scrolls(e));
return wide.slice(0, 5).map(e => e.outerHTML.slice(0, 120)).join(' | ') || 'something';";
