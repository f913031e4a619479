//! How pages are shown: size, theme, with or without scripts; and pictures of them.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Browser, Refused};

/// A longer page is cut in pictures.
const TALLEST: f64 = 8_000.0;

/// How large the window is inside, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

impl Size {
    /// A telephone, upright.
    pub const PHONE: Self = Self { width: 390, height: 844 };
    /// A notebook.
    pub const DESKTOP: Self = Self { width: 1440, height: 900 };
    /// A large screen.
    pub const LARGE: Self = Self { width: 1920, height: 1080 };
}

/// What the person prefers, as pages learn it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// The name in style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// All of it together.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub(super) size: Size,
    pub(super) theme: Theme,
    pub(super) scripts: bool,
    pub(super) print: bool,
}

impl Default for View {
    fn default() -> Self {
        Self { size: Size::DESKTOP, theme: Theme::Light, scripts: true, print: false }
    }
}

impl Browser {
    /// Changes the size of the window.
    #[track_caller]
    pub fn size(&self, size: Size) {
        self.show(View { size, ..self.session.view.get() });
    }

    /// Changes the theme that the person prefers.
    #[track_caller]
    pub fn theme(&self, theme: Theme) {
        self.show(View { theme, ..self.session.view.get() });
    }

    /// Switches scripts of pages off or on, from the next page on.
    #[track_caller]
    pub fn scripts(&self, scripts: bool) {
        self.show(View { scripts, ..self.session.view.get() });
    }

    /// Shows pages as they are printed, or as on the screen again.
    #[track_caller]
    pub fn print(&self, print: bool) {
        self.show(View { print, ..self.session.view.get() });
    }

    /// A picture of the whole page, as PNG.
    #[track_caller]
    pub fn picture(&self) -> Vec<u8> {
        let taken = self.take_picture();
        self.must("taking a picture", taken)
    }

    /// Writes a picture of the whole page.
    #[track_caller]
    pub fn screenshot(&self, file: &Path) {
        let written = fs::write(file, self.picture());
        written.unwrap_or_else(|why| panic!("{} cannot be written: {why}", file.display()));
    }

    #[track_caller]
    pub(super) fn show(&self, view: View) {
        self.session.view.set(view);
        self.must("changing the view", self.apply(view));
    }

    /// Animations are off: a page that moves can be neither judged nor compared.
    fn apply(&self, view: View) -> Result<(), Refused> {
        let Size { width, height } = view.size;
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.session.cdp("Emulation.setDeviceMetricsOverride", &metrics)?;
        let features = json!([
            {"name": "prefers-color-scheme", "value": view.theme.name()},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        let media = if view.print { "print" } else { "" };
        self.session.cdp("Emulation.setEmulatedMedia", &json!({"media": media, "features": features}))?;
        self.session.cdp("Emulation.setScriptExecutionDisabled", &json!({"value": !view.scripts}))?;
        Ok(())
    }

    fn take_picture(&self) -> Result<Vec<u8>, Refused> {
        let layout = self.session.cdp("Page.getLayoutMetrics", &json!({}))?;
        let height = layout.pointer("/cssContentSize/height").and_then(Value::as_f64).unwrap_or_default();
        let Size { width, height: least } = self.session.view.get().size;
        let height = height.clamp(f64::from(least), TALLEST);
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 1});
        let asked = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let taken = self.session.cdp("Page.captureScreenshot", &asked)?;
        let data = taken.get("data").and_then(Value::as_str).unwrap_or_default();
        Ok(STANDARD.decode(data).expect("Chromium encodes pictures in base64"))
    }
}
