//! Keys that have no character.

/// A key as the protocol has it, to be written among other text: `format!("lake{}", Keys::ENTER)`.
pub struct Keys;

impl Keys {
    /// Next field.
    pub const TAB: &str = "\u{e004}";
    /// Go.
    pub const ENTER: &str = "\u{e007}";
    /// Never mind.
    pub const ESCAPE: &str = "\u{e00c}";
    /// Blank.
    pub const SPACE: &str = " ";
    /// Delete before.
    pub const BACKSPACE: &str = "\u{e003}";
    /// Up.
    pub const UP: &str = "\u{e013}";
    /// Down.
    pub const DOWN: &str = "\u{e015}";
    /// Left.
    pub const LEFT: &str = "\u{e012}";
    /// Right.
    pub const RIGHT: &str = "\u{e014}";
    /// First.
    pub const HOME: &str = "\u{e011}";
    /// Last.
    pub const END: &str = "\u{e010}";
    /// Held down from here to the end of the text.
    pub const SHIFT: &str = "\u{e008}";
    /// Held down from here to the end of the text.
    pub const CONTROL: &str = "\u{e009}";
}
