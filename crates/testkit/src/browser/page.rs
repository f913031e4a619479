//! Going to pages, and acting on elements by selector.
//!
//! An action is on the first element that matches and waits for it. Text is what a person can
//! read, with runs of white space as one blank.

use std::path::Path;

use serde_json::{Value, json};

use super::{Browser, Keys, Refused};

/// The key by which the protocol hands elements over.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What `arguments[0]` (the scope) and `arguments[1]` (a selector) name.
const FOUND: &str = "const root = arguments[0].reduce((part, css) => part && part.querySelector(css), document); \
     const found = root ? [...root.querySelectorAll(arguments[1])] : []; \
     const text = e => (e.innerText ?? e.textContent).replace(/\\s+/g, ' ').trim(); ";

/// Inputs whose keys depend on the language; a person uses a picker.
const PICKED: [&str; 7] = ["date", "time", "datetime-local", "month", "week", "color", "range"];

/// ChromeDriver types no characters beyond the basic plane, and long texts slowly.
const TYPED: usize = 200;

impl Browser {
    /// Goes to a page and waits until it is loaded.
    #[track_caller]
    pub fn go(&self, url: &str) {
        self.driver("POST", "/url", &json!({"url": url}));
    }

    /// Loads the page again.
    #[track_caller]
    pub fn reload(&self) {
        self.driver("POST", "/refresh", &json!({}));
    }

    /// As with the button.
    #[track_caller]
    pub fn back(&self) {
        self.driver("POST", "/back", &json!({}));
    }

    /// As with the button.
    #[track_caller]
    pub fn forward(&self) {
        self.driver("POST", "/forward", &json!({}));
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        let url = self.session.command("GET", "/url", None).unwrap_or_default();
        url.as_str().unwrap_or_default().to_owned()
    }

    /// Path and query of the address.
    pub fn path(&self) -> String {
        let url = self.url();
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/").to_owned()
    }

    /// Waits until path and query are these.
    #[track_caller]
    pub fn wait_for_path(&self, path: &str) {
        self.until(&format!("the address {path}"), || {
            let at = self.path();
            if at == path { Ok(()) } else { Err(at) }
        });
    }

    /// The title of the page.
    pub fn title(&self) -> String {
        let title = self.session.command("GET", "/title", None).unwrap_or_default();
        title.as_str().unwrap_or_default().to_owned()
    }

    /// How many elements match now.
    #[track_caller]
    pub fn count(&self, css: &str) -> usize {
        let count = self.must(css, self.ask("return found.length", css, &[]));
        count.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
    }

    /// Waits until an element matches.
    #[track_caller]
    pub fn wait_for(&self, css: &str) {
        self.element(css);
    }

    /// Waits until no element matches.
    #[track_caller]
    pub fn wait_gone(&self, css: &str) {
        self.until(&format!("no {css}"), || match self.count(css) {
            0 => Ok(()),
            count => Err(format!("there are {count}")),
        });
    }

    /// The text of the first element.
    #[track_caller]
    pub fn text(&self, css: &str) -> String {
        self.element(css);
        self.until(css, || self.texts(css).into_iter().next().ok_or_else(String::new))
    }

    /// The texts of all elements that match now.
    #[track_caller]
    pub fn texts(&self, css: &str) -> Vec<String> {
        let found = self.must(css, self.ask("return found.map(text)", css, &[]));
        found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Waits until the text of an element holds, and gives it.
    #[track_caller]
    pub fn wait_until(&self, css: &str, holds: impl Fn(&str) -> bool) -> String {
        self.until(&format!("{css} with the text expected"), || {
            let texts = self.texts(css);
            texts.iter().find(|text| holds(text)).cloned().ok_or_else(|| format!("there is {texts:?}"))
        })
    }

    /// Whether this can be read now.
    #[track_caller]
    pub fn sees(&self, text: &str) -> bool {
        let script = "return root ? text(root.body ?? root).includes(arguments[2]) : false";
        self.must(text, self.ask(script, "*", &[json!(text)])) == true
    }

    /// Waits until this can be read.
    #[track_caller]
    pub fn wait_for_text(&self, text: &str) {
        self.until(&format!("the text '{text}'"), || if self.sees(text) { Ok(()) } else { Err(String::new()) });
    }

    /// An attribute of the first element, if it has it.
    #[track_caller]
    pub fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.element(css);
        let script = "return found.length ? found[0].getAttribute(arguments[2]) : null";
        let value = self.must(css, self.ask(script, css, &[json!(name)]));
        value.as_str().map(str::to_owned)
    }

    /// A property of the first element, such as `textContent`, `value`, `currentTime`.
    #[track_caller]
    pub fn property(&self, css: &str, name: &str) -> Value {
        self.element(css);
        let script = "return found.length ? found[0][arguments[2]] : null";
        self.must(css, self.ask(script, css, &[json!(name)]))
    }

    /// Clicks; waits for the page that this loads.
    #[track_caller]
    pub fn click(&self, css: &str) {
        self.until_done(&format!("a {css} to click"), || self.click_element(&self.first(css)?));
    }

    /// Writes into a field, in place of what was there.
    #[track_caller]
    pub fn fill(&self, css: &str, text: &str) {
        self.until_done(&format!("a {css} to fill"), || self.fill_element(&self.first(css)?, text));
    }

    /// Chooses an option by its text.
    #[track_caller]
    pub fn select(&self, css: &str, option: &str) {
        self.until_done(&format!("a {css} to choose '{option}' in"), || {
            self.select_in_element(&self.first(css)?, option)
        });
    }

    /// Gives a file to a field for files.
    #[track_caller]
    pub fn upload(&self, css: &str, file: &Path) {
        self.until_done(&format!("a {css} for files"), || {
            self.type_into(&self.first(css)?, &file.display().to_string())
        });
    }

    /// Drags a file from outside over an element, and lets it go there or, without `falls`, holds it there.
    #[track_caller]
    pub fn drag_file(&self, css: &str, file: &Path, falls: bool) {
        self.element(css);
        let script = "found[0].scrollIntoView({block: 'center'}); const box = found[0].getBoundingClientRect(); \
            return [box.x + box.width / 2, box.y + box.height / 2]";
        let at = self.must(css, self.ask(script, css, &[]));
        let data = json!({"items": [], "files": [file.display().to_string()], "dragOperationsMask": 1});
        let last = if falls { &["drop"][..] } else { &[] };
        for kind in ["dragEnter", "dragOver"].iter().chain(last) {
            let event = json!({"type": kind, "x": at.get(0), "y": at.get(1), "data": data});
            self.cdp("Input.dispatchDragEvent", &event);
        }
    }

    /// Types wherever the focus is; `Keys` has the keys without character.
    #[track_caller]
    pub fn press_keys(&self, keys: &str) {
        self.until_done("something with the focus", || {
            let active = self.session.command("GET", "/element/active", None)?;
            // Without scripts nothing tells what a key does, and only this one sends forms.
            if keys.contains(Keys::ENTER) || self.session.view.get().scripts {
                self.leaving(&active, true, || self.type_into(&active, keys))
            } else {
                self.type_into(&active, keys)
            }
        });
    }

    pub(super) fn click_element(&self, element: &Value) -> Result<(), Refused> {
        self.leaving(element, false, || self.on(element, "click", &json!({})))
    }

    pub(super) fn fill_element(&self, element: &Value, text: &str) -> Result<(), Refused> {
        let kind = self.session.run("return arguments[0].type || ''", std::slice::from_ref(element))?;
        if PICKED.iter().any(|picked| kind == *picked) {
            let script = "const [e, value] = arguments; e.focus(); e.value = value; \
                for (const name of ['input', 'change']) e.dispatchEvent(new Event(name, {bubbles: true}))";
            return self.session.run(script, &[element.clone(), json!(text)]).map(drop);
        }
        self.on(element, "clear", &json!({}))?;
        if text.len() <= TYPED && text.chars().all(|c| c < '\u{e000}' && !c.is_control()) {
            return self.type_into(element, text);
        }
        self.session.run("arguments[0].focus()", std::slice::from_ref(element))?;
        self.session.cdp("Input.insertText", &json!({"text": text})).map(drop)
    }

    pub(super) fn select_in_element(&self, element: &Value, option: &str) -> Result<(), Refused> {
        let script = "return [...arguments[0].options].find(o => o.text.replace(/\\s+/g, ' ').trim() === arguments[1])";
        let found = self.session.run(script, &[element.clone(), json!(option)])?;
        if found.is_null() {
            let options = self
                .session
                .run("return [...arguments[0].options].map(o => o.text.trim())", std::slice::from_ref(element))?;
            return Err(missing(&format!("the options are {options}")));
        }
        self.click_element(&found)
    }

    pub(super) fn type_into(&self, element: &Value, keys: &str) -> Result<(), Refused> {
        self.on(element, "value", &json!({"text": keys}))
    }

    fn on(&self, element: &Value, act: &str, body: &Value) -> Result<(), Refused> {
        let id = element.get(ELEMENT).and_then(Value::as_str).ok_or_else(|| missing("it went away"))?;
        self.session.command("POST", &format!("/element/{id}/{act}"), Some(body)).map(drop)
    }

    /// What the protocol knows of an element: `computedlabel`, `computedrole`.
    pub(super) fn known(&self, element: &Value, what: &str) -> Result<String, Refused> {
        let id = element.get(ELEMENT).and_then(Value::as_str).ok_or_else(|| missing("it went away"))?;
        let value = self.session.command("GET", &format!("/element/{id}/{what}"), None)?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    #[track_caller]
    fn element(&self, css: &str) -> Value {
        self.until_done(css, || self.first(css))
    }

    pub(super) fn first(&self, css: &str) -> Result<Value, Refused> {
        let found = self.ask("return found.length ? found[0] : null", css, &[])?;
        if found.is_null() { Err(missing("nothing matches")) } else { Ok(found) }
    }

    fn ask(&self, script: &str, css: &str, more: &[Value]) -> Result<Value, Refused> {
        let arguments = [&[json!(self.scope), json!(css)], more].concat();
        self.session.run(&format!("{FOUND}{script}"), &arguments)
    }
}

pub(super) fn missing(why: &str) -> Refused {
    Refused { error: "no such element".into(), message: why.to_owned() }
}
