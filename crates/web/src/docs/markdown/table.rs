//! Tables: the alignment of a column is a class, and a wide table can be scrolled by keyboard.

use pulldown_cmark::Alignment;

use super::super::html;
use super::Writer;

/// The table that is being read.
#[derive(Default)]
pub(super) struct Table {
    columns: Vec<Alignment>,
    column: usize,
    in_head: bool,
    /// Where the cell that is open begins, and where its content does.
    cell: (usize, usize),
}

impl Writer<'_> {
    /// A wide table scrolls by itself and is reached by keyboard, so it has a name.
    pub(super) fn start_table(&mut self, columns: Vec<Alignment>) {
        self.table.columns = columns;
        let last = self.out.sections.iter().rev().find_map(|section| section.heading.as_ref());
        let about = last.map(|heading| heading.text.as_str()).or(self.out.title.as_deref()).unwrap_or_default();
        let label = html::escaped(&format!("Table: {about}"));
        self.markup(&format!(
            "<div class=\"table-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{label}\"><table>"
        ));
    }

    pub(super) fn start_row(&mut self, in_head: bool) {
        self.table.in_head = in_head;
        self.table.column = 0;
        self.markup(if in_head { "<thead><tr>" } else { "<tr>" });
    }

    pub(super) fn start_cell(&mut self) {
        let class = match self.table.columns.get(self.table.column) {
            Some(Alignment::Left) => " class=\"align-left\"",
            Some(Alignment::Center) => " class=\"align-center\"",
            Some(Alignment::Right) => " class=\"align-right\"",
            Some(Alignment::None) | None => "",
        };
        self.table.column += 1;
        let element = if self.table.in_head { "th scope=\"col\"" } else { "td" };
        let at = self.out.html.len();
        self.markup(&format!("<{element}{class}>"));
        self.table.cell = (at, self.out.html.len());
    }

    /// A heading without words would be read out as one: an empty cell of the head is a plain cell.
    pub(super) fn end_cell(&mut self) {
        let (at, content) = self.table.cell;
        if self.table.in_head && self.out.html.len() == content {
            self.out.html.truncate(at);
            self.markup("<td></td>");
        } else {
            self.markup(if self.table.in_head { "</th>" } else { "</td>" });
        }
        self.plain(" ");
    }
}
