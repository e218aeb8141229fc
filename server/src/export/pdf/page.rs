//! One page: what is put on it is kept until it is full, then drawn at once.

use super::tags::{Part, Tags};
use super::typeset::Block;
use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};
use std::ops::Range;
use std::rc::Rc;

/// A4 across, in points.
const WIDTH: f32 = 841.89;
const HEIGHT: f32 = 595.28;
/// Around everything but the foot, in points.
pub const MARGIN: f32 = 36.0;
/// Between the margins, in points.
pub const BODY_WIDTH: f32 = WIDTH - 2.0 * MARGIN;
/// Between the upper margin and the foot, in points.
pub const BODY_HEIGHT: f32 = HEIGHT - 2.0 * MARGIN - 12.0;

/// What something is drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Nearly black.
    Text,
    /// Grey, for what stands around.
    Quiet,
    /// The band behind headings.
    Band,
    /// The line between rows.
    Rule,
}

impl Ink {
    fn fill(self) -> Fill {
        let color = match self {
            Self::Text => rgb::Color::new(0x1c, 0x20, 0x24),
            Self::Quiet => rgb::Color::new(0x60, 0x64, 0x6c),
            Self::Band => rgb::Color::new(0xee, 0xf1, 0xf4),
            Self::Rule => rgb::Color::new(0xd9, 0xdd, 0xe2),
        };
        Fill {
            paint: color.into(),
            opacity: NormalizedF32::ONE,
            rule: FillRule::NonZero,
        }
    }
}

/// What stands on a page, in points from its margins.
#[derive(Default)]
pub struct Page {
    rects: Vec<(Rect, Ink)>,
    texts: Vec<Text>,
}

struct Text {
    x: f32,
    y: f32,
    block: Rc<Block>,
    lines: Range<usize>,
    ink: Ink,
    part: Part,
}

impl Page {
    /// Puts lines of a text with the upper left corner at a place.
    pub fn text(
        &mut self,
        (x, y): (f32, f32),
        block: &Rc<Block>,
        lines: Range<usize>,
        ink: Ink,
        part: Part,
    ) {
        // An empty cell is a cell too.
        if !lines.is_empty() || lines.start == 0 {
            self.texts.push(Text {
                x,
                y,
                block: Rc::clone(block),
                lines,
                ink,
                part,
            });
        }
    }

    /// Puts a filled rectangle behind the texts.
    pub fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, ink: Ink) {
        if let Some(rect) = Rect::from_xywh(x + MARGIN, y + MARGIN, width, height) {
            self.rects.push((rect, ink));
        }
    }

    /// Draws it as the next page of a document and notes what is what.
    pub fn draw(self, document: &mut Document, mut tags: Option<&mut Tags>) {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).expect("A4 is a size");
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let ornament = Artifact::with_kind(ArtifactType::Layout);
        surface.start_tagged(ContentTag::Artifact(ornament));
        for (rect, ink) in self.rects {
            let mut path = PathBuilder::new();
            path.push_rect(rect);
            if let Some(path) = path.finish() {
                surface.set_fill(Some(ink.fill()));
                surface.draw_path(&path);
            }
        }
        surface.end_tagged();
        for text in self.texts {
            let is_read = text.part != Part::Around;
            let around = Artifact::with_kind(ArtifactType::PaginationOther);
            let id = surface.start_tagged(if is_read {
                ContentTag::Span(SpanTag::empty())
            } else {
                ContentTag::Artifact(around)
            });
            if let Some(tags) = tags.as_mut().filter(|_| is_read) {
                tags.add(text.part, id);
            }
            surface.set_fill(Some(text.ink.fill()));
            let mut y = text.y + MARGIN;
            for line in &text.block.lines[text.lines] {
                for run in &line.runs {
                    surface.draw_glyphs(
                        Point::from_xy(text.x + MARGIN + run.x, y + line.baseline),
                        &run.glyphs,
                        run.font.clone(),
                        &text.block.text,
                        run.size,
                        false,
                    );
                }
                y += line.height;
            }
            surface.end_tagged();
        }
        surface.finish();
        page.finish();
    }
}
