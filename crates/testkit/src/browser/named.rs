//! Finding things by what a screen reader calls them.
//!
//! Roles and names come from Chromium's own accessibility tree. A name must be exact and, on the
//! part of the page that is looked at, the only one: a person would not know which is meant either.

use std::path::Path;

use serde_json::{Value, json};

use super::page::missing;
use super::{Browser, Refused};

/// What a person can find, and its roles in the tree.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Button,
    Link,
    Field,
    Heading,
}

impl Kind {
    fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Button => &[
                "button",
                "tab",
                "menuitem",
                "switch",
                "popUpButton",
                "DisclosureTriangle",
                "DisclosureTriangleGrouped",
            ],
            Self::Link => &["link"],
            Self::Field => &[
                "textbox",
                "searchbox",
                "combobox",
                "listbox",
                "checkbox",
                "radio",
                "switch",
                "spinbutton",
                "slider",
                "Date",
                "DateTime",
                "InputTime",
                "ColorWell",
            ],
            Self::Heading => &["heading"],
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Button => "button",
            Self::Link => "link",
            Self::Field => "field",
            Self::Heading => "heading",
        }
    }
}

impl Browser {
    /// Presses the button of this name, also a tab, a menu item or what unfolds.
    #[track_caller]
    pub fn press_button(&self, name: &str) {
        self.act(Kind::Button, name, |element| self.click_element(element));
    }

    /// Follows the link of this name and waits for the page.
    #[track_caller]
    pub fn follow_link(&self, name: &str) {
        self.act(Kind::Link, name, |element| self.click_element(element));
    }

    /// Writes into the field of this label, in place of what was there.
    #[track_caller]
    pub fn fill_label(&self, label: &str, text: &str) {
        self.act(Kind::Field, label, |element| self.fill_element(element, text));
    }

    /// Chooses an option, by its text, in the field of this label.
    #[track_caller]
    pub fn choose(&self, label: &str, option: &str) {
        self.act(Kind::Field, label, |element| self.select_in_element(element, option));
    }

    /// Ticks or unticks the box of this label, or chooses the radio button.
    #[track_caller]
    pub fn tick(&self, label: &str, on: bool) {
        self.act(Kind::Field, label, |element| {
            let is = self.session.run("return arguments[0].checked", std::slice::from_ref(element))?;
            if is == on { Ok(()) } else { self.click_element(element) }
        });
    }

    /// Gives a file to the field of this label.
    #[track_caller]
    pub fn upload_label(&self, label: &str, file: &Path) {
        // Its name in the tree has the file in it.
        let script = "return [...document.querySelectorAll('label')] \
            .filter(l => l.textContent.replace(/\\s+/g, ' ').trim() === arguments[0]).map(l => l.control)[0]";
        self.until_done(&format!("a field for files labelled '{label}'"), || {
            let element = self.session.run(script, &[json!(label)])?;
            self.type_into(&element, &file.display().to_string())
        });
    }

    /// What is in the field of this label.
    #[track_caller]
    pub fn value(&self, label: &str) -> String {
        let mut value = Value::Null;
        self.act(Kind::Field, label, |element| {
            value = self.session.run("return arguments[0].value", std::slice::from_ref(element))?;
            Ok(())
        });
        value.as_str().unwrap_or_default().to_owned()
    }

    /// What is said of the field of this label besides: its help, and what is wrong with it.
    #[track_caller]
    pub fn description(&self, label: &str) -> String {
        let node = self.until_done(&format!("a field named '{label}'"), || self.node(Kind::Field, label));
        text_at(&node, "/description/value").to_owned()
    }

    /// Waits for a heading.
    #[track_caller]
    pub fn wait_for_heading(&self, name: &str) {
        self.until_done(&format!("a heading '{name}'"), || self.node(Kind::Heading, name));
    }

    /// Waits for a button, without pressing it.
    #[track_caller]
    pub fn wait_for_button(&self, name: &str) {
        self.until_done(&format!("a button '{name}'"), || self.node(Kind::Button, name));
    }

    /// Waits for a link, without following it.
    #[track_caller]
    pub fn wait_for_link(&self, name: &str) {
        self.until_done(&format!("a link '{name}'"), || self.node(Kind::Link, name));
    }

    /// Whether there is such a button now.
    pub fn has_button(&self, name: &str) -> bool {
        self.names(Kind::Button).iter().any(|known| known == name)
    }

    /// Whether there is such a link now.
    pub fn has_link(&self, name: &str) -> bool {
        self.names(Kind::Link).iter().any(|known| known == name)
    }

    /// Whether there is such a field now.
    pub fn has_field(&self, label: &str) -> bool {
        self.names(Kind::Field).iter().any(|known| known == label)
    }

    /// The names of all buttons now, in order.
    pub fn buttons(&self) -> Vec<String> {
        self.names(Kind::Button)
    }

    /// The names of all links now, in order.
    pub fn links(&self) -> Vec<String> {
        self.names(Kind::Link)
    }

    /// The labels of all fields now, in order.
    pub fn fields(&self) -> Vec<String> {
        self.names(Kind::Field)
    }

    /// The name of what has the focus.
    #[track_caller]
    pub fn focused(&self) -> String {
        self.until_done("something with the focus", || {
            let active = self.session.command("GET", "/element/active", None)?;
            self.known(&active, "computedlabel")
        })
    }

    /// What a screen reader calls the first element that matches.
    #[track_caller]
    pub fn name(&self, css: &str) -> String {
        self.until_done(css, || self.known(&self.first(css)?, "computedlabel"))
    }

    /// The role of the first element that matches.
    #[track_caller]
    pub fn role(&self, css: &str) -> String {
        self.until_done(css, || self.known(&self.first(css)?, "computedrole"))
    }

    #[track_caller]
    fn act(&self, kind: Kind, name: &str, mut act: impl FnMut(&Value) -> Result<(), Refused>) {
        self.until_done(&format!("a {} named '{name}'", kind.word()), || {
            let node = self.node(kind, name)?;
            if is(&node, "disabled") {
                return Err(missing("it is disabled"));
            }
            act(&self.element_of(&node)?)
        });
    }

    /// The one thing of this kind and name.
    fn node(&self, kind: Kind, name: &str) -> Result<Value, Refused> {
        let mut found = self.nodes(kind, &json!({"accessibleName": name}))?;
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => {
                let names = self.names(kind).join("', '");
                Err(missing(&format!("every {} there is: '{names}'", kind.word())))
            }
            many => Err(missing(&format!("{many} have that name; look within a part of the page"))),
        }
    }

    fn names(&self, kind: Kind) -> Vec<String> {
        let nodes = self.nodes(kind, &json!({})).unwrap_or_default();
        nodes.iter().map(|node| text_at(node, "/name/value").to_owned()).collect()
    }

    fn nodes(&self, kind: Kind, query: &Value) -> Result<Vec<Value>, Refused> {
        let scope = json!(self.scope);
        let root = format!("{scope}.reduce((part, css) => part && part.querySelector(css), document)");
        let root = self.session.cdp("Runtime.evaluate", &json!({"expression": root}))?;
        let Some(root) = root.pointer("/result/objectId") else { return Err(missing("that part is not there")) };
        let mut query = query.clone();
        query.as_object_mut().map(|query| query.insert("objectId".into(), root.clone()));
        let mut found = self.session.cdp("Accessibility.queryAXTree", &query)?;
        let nodes = found.get_mut("nodes").map(Value::take).unwrap_or_default();
        let Value::Array(nodes) = nodes else { return Ok(Vec::new()) };
        let fits = |node: &Value| {
            let ignored = node.get("ignored").and_then(Value::as_bool).unwrap_or_default();
            !ignored && kind.roles().contains(&text_at(node, "/role/value"))
        };
        Ok(nodes.into_iter().filter(|node| fits(node) && !self.is_inside_picker(node)).collect())
    }

    /// Chromium makes fields of its own for the parts of a date.
    fn is_inside_picker(&self, node: &Value) -> bool {
        if text_at(node, "/role/value") != "spinbutton" {
            return false;
        }
        let id = json!({"backendNodeId": node.get("backendDOMNodeId")});
        let found = self.session.cdp("DOM.describeNode", &id).unwrap_or_default();
        let attributes = found.pointer("/node/attributes").and_then(Value::as_array).into_iter().flatten();
        attributes.filter_map(Value::as_str).any(|value| value.starts_with("-webkit-datetime-edit"))
    }

    /// Hands a node of the tree over to the protocol by way of the page.
    fn element_of(&self, node: &Value) -> Result<Value, Refused> {
        let id = json!({"backendNodeId": node.get("backendDOMNodeId")});
        let resolved = self.session.cdp("DOM.resolveNode", &id)?;
        let object = resolved.pointer("/object/objectId");
        let keep = json!({"objectId": object, "functionDeclaration": "function() { globalThis.tidegateFound = this }"});
        self.session.cdp("Runtime.callFunctionOn", &keep)?;
        self.session.run("const found = globalThis.tidegateFound; delete globalThis.tidegateFound; return found", &[])
    }
}

fn text_at<'a>(node: &'a Value, pointer: &str) -> &'a str {
    node.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn is(node: &Value, property: &str) -> bool {
    let properties = node.get("properties").and_then(Value::as_array).into_iter().flatten();
    let found = properties.into_iter().find(|known| text_at(known, "/name") == property);
    found.is_some_and(|found| found.pointer("/value/value") == Some(&Value::Bool(true)))
}
