//! What is what in a document (PDF 1.7, 14.8): read aloud in this order, whatever the page looks like.

use crate::export::sheet::Language;
use krilla::tagging::{Identifier, TableHeaderScope, Tag, TagGroup, TagTree};
use std::num::NonZeroU16;

/// What a text on a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The title.
    Title,
    /// Word or value of that fact, from 0.
    Fact(usize),
    /// The heading of that column, from 0.
    Heading(usize),
    /// The cell of that row, from 1, and column, from 0.
    Cell(u64, usize),
    /// What stands around on each page and is not read: feet, headings that are repeated.
    Around,
}

/// What was drawn, in reading order.
#[derive(Default)]
pub struct Tags {
    title: Vec<Identifier>,
    facts: Vec<Vec<Identifier>>,
    headings: Vec<Vec<Identifier>>,
    rows: Vec<Vec<Vec<Identifier>>>,
}

impl Tags {
    /// Notes what a stretch of a page is. Rows come in their order; one that goes on over the page comes again.
    pub fn add(&mut self, part: Part, id: Identifier) {
        match part {
            Part::Title => self.title.push(id),
            Part::Fact(at) => put(&mut self.facts, at, id),
            Part::Heading(at) => put(&mut self.headings, at, id),
            Part::Cell(row, column) => {
                let row = usize::try_from(row).unwrap_or(usize::MAX);
                if self.rows.len() < row {
                    self.rows.push(Vec::new());
                }
                if let Some(cells) = self.rows.last_mut() {
                    put(cells, column, id);
                }
            }
            Part::Around => {}
        }
    }

    /// The tree of the whole document.
    pub fn into_tree(self, language: Language) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some(language.tag().to_owned()));
        tree.push(group(Tag::Hn(NonZeroU16::MIN, None), self.title));
        for fact in self.facts {
            tree.push(group(Tag::P, fact));
        }
        let mut head = TagGroup::new(Tag::TR);
        for heading in self.headings {
            head.push(group(Tag::TH(TableHeaderScope::Column), heading));
        }
        let mut table = TagGroup::new(Tag::Table);
        table.push(head);
        for cells in self.rows {
            let mut row = TagGroup::new(Tag::TR);
            for cell in cells {
                row.push(group(Tag::TD, cell));
            }
            table.push(row);
        }
        tree.push(table);
        tree
    }
}

fn put(all: &mut Vec<Vec<Identifier>>, at: usize, id: Identifier) {
    if all.len() <= at {
        all.resize_with(at + 1, Vec::new);
    }
    all[at].push(id);
}

fn group(tag: impl Into<krilla::tagging::TagKind>, ids: Vec<Identifier>) -> TagGroup {
    let children = ids.into_iter().map(Into::into).collect();
    TagGroup::with_children(tag, children)
}
