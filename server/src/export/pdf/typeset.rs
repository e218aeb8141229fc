//! Text set in lines: shaped, in its own direction, wrapped to a width, with Arabic beside Latin.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use parley::fontique::{Blob, FontInfoOverride, FontWeight};
use parley::style::{FontFamily, FontFamilyName, LineHeight, OverflowWrap, StyleProperty};
use parley::{
    Alignment, AlignmentOptions, FontContext, Layout, LayoutContext,
    fontique::{Collection, CollectionOptions, SourceCache},
};
use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// The fonts, Latin first: name of the family, weight, file.
const FONTS: [(&str, f32, &[u8]); 4] = [
    (
        LATIN,
        400.0,
        include_bytes!("../../../fonts/inter-regular.ttf"),
    ),
    (
        LATIN,
        600.0,
        include_bytes!("../../../fonts/inter-semibold.ttf"),
    ),
    (
        ARABIC,
        400.0,
        include_bytes!("../../../fonts/noto-sans-arabic-regular.ttf"),
    ),
    (
        ARABIC,
        600.0,
        include_bytes!("../../../fonts/noto-sans-arabic-semibold.ttf"),
    ),
];
const LATIN: &str = "Inter";
const ARABIC: &str = "Noto Sans Arabic";
/// Of a line's height, how much is above what letters stand on.
const BASELINE: f32 = 0.73;
/// How many set texts are kept for when they come again: names, actions and words do.
const KEPT: usize = 4_096;
/// Texts longer than this hardly come again.
const KEPT_BYTES: usize = 96;

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Font size in points.
    pub size: f32,
    /// Whether it is set in semibold.
    pub is_strong: bool,
}

/// To which side lines are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// To the left edge.
    Left,
    /// To the right edge.
    Right,
}

/// A stretch of glyphs of one font.
pub struct Run {
    /// The font.
    pub font: Font,
    /// Its size in points.
    pub size: f32,
    /// Where it begins, from the left edge of the text, in points.
    pub x: f32,
    /// In the order in which they stand.
    pub glyphs: Vec<KrillaGlyph>,
}

/// One line.
pub struct Line {
    /// From the top of the line to what letters stand on, in points.
    pub baseline: f32,
    /// In points.
    pub height: f32,
    /// From left to right.
    pub runs: Vec<Run>,
}

/// A text set in lines.
pub struct Block {
    /// The text that the glyphs stand for: what is found and copied.
    pub text: String,
    /// From top to bottom.
    pub lines: Vec<Line>,
}

impl Block {
    /// How many glyphs it is made of.
    pub fn glyphs(&self) -> usize {
        let runs = self.lines.iter().flat_map(|line| &line.runs);
        runs.map(|run| run.glyphs.len()).sum()
    }

    /// The height of all lines, in points.
    pub fn height(&self) -> f32 {
        self.lines.iter().map(|line| line.height).sum()
    }
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    text: String,
    width: u32,
    size: u32,
    is_strong: bool,
    is_left: bool,
}

/// Sets texts.
pub struct Typesetter {
    fonts: FontContext,
    layouts: LayoutContext<()>,
    loaded: HashMap<u64, Font>,
    kept: HashMap<Key, Rc<Block>>,
}

impl Typesetter {
    /// One with the fonts of this program and no others: a file looks the same wherever it was made.
    pub fn new() -> Self {
        let mut fonts = FontContext {
            collection: Collection::new(CollectionOptions {
                shared: false,
                system_fonts: false,
            }),
            source_cache: SourceCache::default(),
        };
        for (family, weight, bytes) in FONTS {
            let bytes: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(bytes);
            let called = FontInfoOverride {
                family_name: Some(family),
                weight: Some(FontWeight::new(weight)),
                ..FontInfoOverride::default()
            };
            fonts
                .collection
                .register_fonts(Blob::new(bytes), Some(called));
        }
        Self {
            fonts,
            layouts: LayoutContext::new(),
            loaded: HashMap::new(),
            kept: HashMap::new(),
        }
    }

    /// Sets a text to lines of at most `width` points.
    pub fn set(&mut self, text: &str, style: Style, width: f32, side: Side) -> Rc<Block> {
        let key = Key {
            text: text.to_owned(),
            width: width.to_bits(),
            size: style.size.to_bits(),
            is_strong: style.is_strong,
            is_left: side == Side::Left,
        };
        if let Some(block) = self.kept.get(&key) {
            return Rc::clone(block);
        }
        let block = Rc::new(self.set_anew(text, style, width, side));
        if text.len() <= KEPT_BYTES {
            if self.kept.len() >= KEPT {
                self.kept.clear();
            }
            self.kept.insert(key, Rc::clone(&block));
        }
        block
    }

    fn set_anew(&mut self, text: &str, style: Style, width: f32, side: Side) -> Block {
        let text = printable(text);
        let mut builder = self
            .layouts
            .ranged_builder(&mut self.fonts, &text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::List(Cow::Borrowed(
            &[
                FontFamilyName::Named(Cow::Borrowed(LATIN)),
                FontFamilyName::Named(Cow::Borrowed(ARABIC)),
            ],
        ))));
        builder.push_default(StyleProperty::FontSize(style.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(1.4)));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        if style.is_strong {
            builder.push_default(StyleProperty::FontWeight(FontWeight::new(600.0)));
        }
        let mut layout: Layout<()> = builder.build(&text);
        layout.break_all_lines(Some(width));
        let alignment = match side {
            Side::Left => Alignment::Left,
            Side::Right => Alignment::Right,
        };
        layout.align(alignment, AlignmentOptions::default());
        let lines = layout.lines().map(|line| self.line(&line)).collect();
        Block { text, lines }
    }

    fn line(&mut self, line: &parley::layout::Line<'_, ()>) -> Line {
        let metrics = *line.metrics();
        let mut x = metrics.offset + metrics.inline_min_coord;
        let mut runs = Vec::new();
        for run in line.runs() {
            let begins = x;
            let size = run.font_size();
            let mut glyphs: Vec<KrillaGlyph> = Vec::new();
            for cluster in run.visual_clusters() {
                if cluster.is_ligature_continuation() {
                    // Its letters belong to the glyph of the whole ligature.
                    if let Some(glyph) = glyphs.last_mut() {
                        let range = cluster.text_range();
                        glyph.text_range.start = glyph.text_range.start.min(range.start);
                        glyph.text_range.end = glyph.text_range.end.max(range.end);
                    }
                    continue;
                }
                for glyph in cluster.glyphs() {
                    glyphs.push(KrillaGlyph::new(
                        GlyphId::new(glyph.id),
                        glyph.advance / size,
                        glyph.x / size,
                        // Parley counts downwards, krilla upwards.
                        -glyph.y / size,
                        0.0,
                        cluster.text_range(),
                        None,
                    ));
                    x += glyph.advance;
                }
            }
            let font = run.font();
            let loaded = self.loaded.entry(font.data.id()).or_insert_with(|| {
                Font::new(font.data.data().to_vec().into(), font.index)
                    .expect("the fonts of this program can be read")
            });
            runs.push(Run {
                font: loaded.clone(),
                size,
                x: begins,
                glyphs,
            });
        }
        Line {
            // Not by the font's own ascent: beside each other, Arabic and Latin stand on one line.
            baseline: metrics.line_height * BASELINE,
            height: metrics.line_height,
            runs,
        }
    }
}

/// What can't be printed would be a box: tabs and other controls become spaces, but for the ends of lines.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect()
}
