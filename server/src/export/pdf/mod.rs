//! PDF: a page with title and facts, then a table whose heading stands on each page. Cells wrap, a row stays on one
//! page unless it is longer than one, Arabic is shaped and runs from the right.
//!
//! Rows are laid out twice: as they come, which tells how many pages there are, and at the end to be drawn. Both go the
//! same way through [`PdfFile::lay_out`]; only the second has a document. Up to [`MAX_TAGGED_ROWS`] the document says
//! what is a heading, a row and a cell ([`tags`]), so that it can be read aloud.

mod page;
mod tags;
mod typeset;

use super::sheet::{Cell, Sheet, WriteError};
use chrono::{Datelike as _, Timelike as _};
use krilla::Document;
use krilla::SerializeSettings;
use krilla::metadata::{DateTime as PdfTime, Metadata, TextDirection};
use page::{BODY_HEIGHT, BODY_WIDTH, Ink, Page};
use std::io::Write;
use std::rc::Rc;
use tags::{Part, Tags};
use typeset::{Block, Side, Style, Typesetter};

/// How many rows a PDF holds: beyond that nobody reads it, and it would be made in memory.
pub const MAX_ROWS: u64 = 100_000;
/// Up to so many rows a file is tagged: each cell is an object of its own then, which readers have to hold.
const MAX_TAGGED_ROWS: u64 = 20_000;
/// How many glyphs of set rows are kept until they are drawn; rows beyond are kept as text and set again.
const KEPT_GLYPHS: usize = 1_500_000;

const TITLE: Style = Style {
    size: 18.0,
    is_strong: true,
};
const WORD: Style = Style {
    size: 8.5,
    is_strong: true,
};
const FACT: Style = Style {
    size: 8.5,
    is_strong: false,
};
const HEADING: Style = Style {
    size: 7.5,
    is_strong: true,
};
const CELL: Style = Style {
    size: 7.5,
    is_strong: false,
};
const FOOT: Style = Style {
    size: 7.0,
    is_strong: false,
};
/// Between a cell's text and its edges, in points.
const PADDING: f32 = 4.0;
/// Above and below a cell's text, in points.
const LEADING: f32 = 3.0;
/// How wide the words before the facts are, in points.
const WORDS: f32 = 110.0;

/// A cell or heading in its column.
struct Placed {
    block: Rc<Block>,
    x: f32,
}

/// A row that waits to be drawn.
enum Kept {
    Set(Vec<Placed>),
    Text(Vec<String>),
}

/// Writes a PDF file.
pub struct PdfFile<W: Write> {
    out: W,
    sheet: Sheet,
    /// None while rows come and pages are counted.
    document: Option<Document>,
    /// None when the file is not tagged.
    tags: Option<Tags>,
    kept: Vec<Kept>,
    kept_glyphs: usize,
    most_glyphs: usize,
    /// How many pages there are, once that is known.
    pages: u32,
    typesetter: Typesetter,
    page: Page,
    /// The left edge and the width of each column, in points.
    columns: Vec<(f32, f32)>,
    heading: Vec<Placed>,
    /// How far down the page is filled, in points from its upper margin.
    y: f32,
    rows: u64,
    first_row: u64,
    page_number: u32,
}

impl<W: Write> PdfFile<W> {
    /// Begins a file with its title and facts.
    ///
    /// # Errors
    /// When there will be more rows than a PDF holds.
    pub fn new(out: W, sheet: Sheet) -> Result<Self, WriteError> {
        Self::keeping(out, sheet, KEPT_GLYPHS)
    }

    /// As [`PdfFile::new`], with fewer glyphs of set rows kept.
    pub(super) fn keeping(out: W, sheet: Sheet, most_glyphs: usize) -> Result<Self, WriteError> {
        if sheet.total.is_some_and(|total| total > MAX_ROWS) {
            return Err(WriteError::TooManyRows { most: MAX_ROWS });
        }
        let columns = columns(&sheet);
        let mut file = Self {
            out,
            document: None,
            tags: None,
            kept: Vec::new(),
            kept_glyphs: 0,
            most_glyphs,
            pages: 0,
            typesetter: Typesetter::new(),
            page: Page::default(),
            columns,
            heading: Vec::new(),
            y: 0.0,
            rows: 0,
            first_row: 1,
            page_number: 1,
            sheet,
        };
        let titles: Vec<String> = file.sheet.columns.iter().map(|c| c.title.clone()).collect();
        file.heading = file.place(titles.iter().map(String::as_str), HEADING);
        file.begin();
        Ok(file)
    }

    /// Writes a row: one cell a column.
    ///
    /// # Errors
    /// When there are more rows than a PDF holds.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        if self.rows == MAX_ROWS {
            return Err(WriteError::TooManyRows { most: MAX_ROWS });
        }
        let texts: Vec<String> = cells.iter().map(|cell| self.text(cell)).collect();
        let placed = self.place(texts.iter().map(String::as_str), CELL);
        self.lay_out(&placed);
        self.kept_glyphs += placed.iter().map(|p| p.block.glyphs()).sum::<usize>();
        self.kept.push(if self.kept_glyphs <= self.most_glyphs {
            Kept::Set(placed)
        } else {
            Kept::Text(texts)
        });
        Ok(())
    }

    /// Puts the next row on this page or the next one.
    fn lay_out(&mut self, placed: &[Placed]) {
        self.rows += 1;
        let height = height_of(placed) + 2.0 * LEADING;
        if self.y + height > BODY_HEIGHT && height <= BODY_HEIGHT - self.heading_height() {
            self.turn_page(self.rows);
        }
        self.draw_in_pieces(placed);
    }

    /// Ends the file and gives back what it was written to.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.end_page(self.rows);
        let is_tagged = self.rows <= MAX_TAGGED_ROWS;
        let mut document = Document::new_with(SerializeSettings {
            enable_tagging: is_tagged,
            ..SerializeSettings::default()
        });
        document.set_metadata(properties(&self.sheet));
        self.document = Some(document);
        self.tags = is_tagged.then(Tags::default);
        self.pages = self.page_number;
        (self.rows, self.first_row, self.page_number, self.y) = (0, 1, 1, 0.0);
        self.begin();
        for kept in std::mem::take(&mut self.kept) {
            let placed = match kept {
                Kept::Set(placed) => placed,
                Kept::Text(texts) => self.place(texts.iter().map(String::as_str), CELL),
            };
            self.lay_out(&placed);
        }
        self.end_page(self.rows);
        let mut document = self.document.take().unwrap_or_default();
        if let Some(tags) = self.tags.take() {
            document.set_tag_tree(tags.into_tree(self.sheet.language));
        }
        let bytes = document
            .finish()
            .map_err(|error| WriteError::Failed(format!("{error:?}")))?;
        self.out.write_all(&bytes)?;
        Ok(self.out)
    }

    fn text(&self, cell: &Cell) -> String {
        match cell {
            Cell::Empty => String::new(),
            Cell::Text(text) | Cell::Decimal(text) => text.clone().into_owned(),
            Cell::Integer(number) => number.to_string(),
            Cell::Time(at) => self
                .sheet
                .on_clock(*at)
                .format("%Y-%m-%d %H:%M:%S")
                .to_string(),
        }
    }

    fn side(&self) -> Side {
        if self.sheet.language.is_right_to_left() {
            Side::Right
        } else {
            Side::Left
        }
    }

    /// From the left edge when the page runs from the left, mirrored when it runs from the right.
    fn mirrored(&self, x: f32, width: f32) -> f32 {
        match self.side() {
            Side::Left => x,
            Side::Right => BODY_WIDTH - x - width,
        }
    }

    fn place<'t>(&mut self, texts: impl Iterator<Item = &'t str>, style: Style) -> Vec<Placed> {
        let side = self.side();
        let Self {
            columns,
            typesetter,
            ..
        } = self;
        columns
            .iter()
            .zip(texts)
            .map(|((x, width), text)| Placed {
                block: typesetter.set(text, style, width - 2.0 * PADDING, side),
                x: x + PADDING,
            })
            .collect()
    }

    fn heading_height(&self) -> f32 {
        height_of(&self.heading) + 2.0 * LEADING
    }

    /// Title, facts, heading of the table.
    fn begin(&mut self) {
        let side = self.side();
        let title = self.sheet.title.clone();
        let title = self.typesetter.set(&title, TITLE, BODY_WIDTH, side);
        self.page.text(
            (0.0, self.y),
            &title,
            0..title.lines.len(),
            Ink::Text,
            Part::Title,
        );
        self.y += title.height() + 6.0;
        for (fact, (word, value)) in self.sheet.facts.clone().into_iter().enumerate() {
            let word = self.typesetter.set(&word, WORD, WORDS - PADDING, side);
            let width = BODY_WIDTH - WORDS;
            let value = self.typesetter.set(&value, FACT, width, side);
            let x = self.mirrored(0.0, WORDS - PADDING);
            self.page.text(
                (x, self.y),
                &word,
                0..word.lines.len(),
                Ink::Quiet,
                Part::Fact(fact),
            );
            let x = self.mirrored(WORDS, width);
            // A filter can be long, but a page has to be left for rows.
            let fitting = value.lines.len().min(12);
            self.page
                .text((x, self.y), &value, 0..fitting, Ink::Text, Part::Fact(fact));
            let height: f32 = value.lines[..fitting].iter().map(|line| line.height).sum();
            self.y += height.max(word.height()) + 1.0;
        }
        self.y += 10.0;
        self.draw_heading();
    }

    /// The heading of the table. Only the first one is read aloud.
    fn draw_heading(&mut self) {
        let is_first = self.page_number == 1;
        let height = self.heading_height();
        self.page.rect(0.0, self.y, BODY_WIDTH, height, Ink::Band);
        for (column, placed) in self.heading.iter().enumerate() {
            let part = if is_first {
                Part::Heading(column)
            } else {
                Part::Around
            };
            self.page.text(
                (placed.x, self.y + LEADING),
                &placed.block,
                0..placed.block.lines.len(),
                Ink::Text,
                part,
            );
        }
        self.y += height;
    }

    /// Draws a row; one that is longer than what is left of the page goes on at the top of the next.
    fn draw_in_pieces(&mut self, placed: &[Placed]) {
        let most = placed
            .iter()
            .map(|p| p.block.lines.len())
            .max()
            .unwrap_or(0);
        let line_height = placed
            .iter()
            .flat_map(|p| &p.block.lines)
            .map(|line| line.height)
            .fold(1.0_f32, f32::max);
        let mut from = 0;
        loop {
            let room = ((BODY_HEIGHT - self.y - 2.0 * LEADING) / line_height).max(0.0) as usize;
            let to = most.min(from + room);
            if to > from || most == 0 {
                for (column, p) in placed.iter().enumerate() {
                    let lines = p.block.lines.len();
                    self.page.text(
                        (p.x, self.y + LEADING),
                        &p.block,
                        from.min(lines)..to.min(lines),
                        Ink::Text,
                        Part::Cell(self.rows, column),
                    );
                }
                self.y += (to - from) as f32 * line_height + 2.0 * LEADING;
                self.page
                    .rect(0.0, self.y - 0.25, BODY_WIDTH, 0.5, Ink::Rule);
            }
            from = to;
            if from >= most {
                return;
            }
            self.turn_page(self.rows);
        }
    }

    /// Ends the page before row `next` and begins another one with the heading.
    fn turn_page(&mut self, next: u64) {
        self.end_page(next.saturating_sub(1).max(self.first_row.min(next)));
        self.page_number += 1;
        self.first_row = next;
        self.y = 0.0;
        self.draw_heading();
    }

    /// The foot of the page, then the page itself.
    fn end_page(&mut self, last_row: u64) {
        if self.document.is_none() {
            // It was only counted.
            self.page = Page::default();
            return;
        }
        let is_arabic = self.sheet.language.is_right_to_left();
        let rows = match (self.rows, self.sheet.total) {
            (0, _) => String::new(),
            (_, Some(total)) if is_arabic => {
                format!("الصفوف {}–{last_row} من {total}", self.first_row)
            }
            (_, Some(total)) => format!("Rows {}–{last_row} of {total}", self.first_row),
            (_, None) if is_arabic => format!("الصفوف {}–{last_row}", self.first_row),
            (_, None) => format!("Rows {}–{last_row}", self.first_row),
        };
        let number = if is_arabic {
            format!("صفحة {} من {}", self.page_number, self.pages)
        } else {
            format!("Page {} of {}", self.page_number, self.pages)
        };
        let y = BODY_HEIGHT + 10.0;
        let (start, end) = if is_arabic {
            (Side::Right, Side::Left)
        } else {
            (Side::Left, Side::Right)
        };
        let title = if rows.is_empty() {
            self.sheet.title.clone()
        } else {
            format!("{} · {rows}", self.sheet.title)
        };
        let foot = self.typesetter.set(&title, FOOT, BODY_WIDTH * 0.75, start);
        let x = self.mirrored(0.0, BODY_WIDTH * 0.75);
        let lines = 0..foot.lines.len().min(1);
        self.page
            .text((x, y), &foot, lines, Ink::Quiet, Part::Around);
        let foot = self.typesetter.set(&number, FOOT, BODY_WIDTH * 0.25, end);
        let x = self.mirrored(BODY_WIDTH * 0.75, BODY_WIDTH * 0.25);
        let lines = 0..foot.lines.len().min(1);
        self.page
            .text((x, y), &foot, lines, Ink::Quiet, Part::Around);
        let page = std::mem::take(&mut self.page);
        if let Some(document) = &mut self.document {
            page.draw(document, self.tags.as_mut());
        }
    }
}

fn properties(sheet: &Sheet) -> Metadata {
    let at = sheet.made_at.naive_utc();
    let time = PdfTime::new(u16::try_from(at.year()).unwrap_or(1970))
        .month(at.month() as u8)
        .day(at.day() as u8)
        .hour(at.hour() as u8)
        .minute(at.minute() as u8)
        .second(at.second() as u8)
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    let direction = if sheet.language.is_right_to_left() {
        TextDirection::RightToLeft
    } else {
        TextDirection::LeftToRight
    };
    Metadata::new()
        .title(sheet.title.clone())
        .language(sheet.language.tag().to_owned())
        .creator("Storetrail".to_owned())
        .creation_date(time)
        .text_direction(direction)
}

/// Where the columns stand: by their widths beside each other, none so narrow that words break in each letter.
fn columns(sheet: &Sheet) -> Vec<(f32, f32)> {
    let weights: Vec<f32> = sheet
        .columns
        .iter()
        .map(|column| f32::from(column.width.clamp(8, 60)))
        .collect();
    let sum: f32 = weights.iter().sum::<f32>().max(1.0);
    let mut x = 0.0;
    weights
        .into_iter()
        .map(|weight| {
            let width = weight / sum * BODY_WIDTH;
            let left = if sheet.language.is_right_to_left() {
                BODY_WIDTH - x - width
            } else {
                x
            };
            x += width;
            (left, width)
        })
        .collect()
}

fn height_of(placed: &[Placed]) -> f32 {
    placed
        .iter()
        .map(|placed| placed.block.height())
        .fold(0.0, f32::max)
}
