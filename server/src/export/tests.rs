//! The files, opened by readers that share no code with their writers: calamine for XLSX, lopdf for PDF, and for CSV
//! a reader of a few lines that knows RFC 4180 and nothing else.

use super::sheet::{Cell, Column, Language, Sheet, WriteError};
use super::{CsvFile, PdfFile, XlsxFile};
use calamine::{Data, Reader as _, Xlsx};
use chrono::{DateTime, TimeZone as _, Utc};
use std::io::Cursor;

fn sheet(language: Language, titles: &[&str]) -> Sheet {
    Sheet {
        title: "Activity".to_owned(),
        facts: vec![
            ("Filter".to_owned(), "outcome:failed".to_owned()),
            ("Time zone".to_owned(), "Asia/Riyadh".to_owned()),
        ],
        columns: titles
            .iter()
            .map(|title| Column {
                id: "subject",
                title: (*title).to_owned(),
                width: 20,
            })
            .collect(),
        language,
        zone: chrono_tz::Asia::Riyadh,
        made_at: at(),
        total: None,
    }
}

fn at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 22, 14, 3).unwrap()
}

fn text(text: &str) -> Cell<'static> {
    Cell::words(text.to_owned())
}

/// RFC 4180, read letter by letter.
fn read_csv(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(bytes).unwrap();
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(c) = letters.next() {
        match (is_quoted, c) {
            (true, '"') if letters.peek() == Some(&'"') => cell.push(letters.next().unwrap()),
            (_, '"') => is_quoted = !is_quoted,
            (false, ',') => row.push(std::mem::take(&mut cell)),
            (false, '\r') if letters.peek() == Some(&'\n') => {
                letters.next();
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            (_, c) => cell.push(c),
        }
    }
    assert!(
        row.is_empty() && cell.is_empty(),
        "the last line has its end"
    );
    rows
}

#[test]
fn a_csv_file_is_read_back_to_the_letter() {
    let hard = "a \"quoted\", word\r\nand a line — ملف";
    let mut file = CsvFile::new(
        Vec::new(),
        sheet(Language::English, &["Time", "Subject", "Number"]),
        true,
    )
    .unwrap();
    file.row(&[Cell::Time(at()), text(hard), Cell::Integer(-5)])
        .unwrap();
    file.row(&[Cell::Empty, Cell::Empty, Cell::Decimal("-1.50".into())])
        .unwrap();
    let bytes = file.finish().unwrap();
    let rest = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap();
    assert_eq!(
        read_csv(rest),
        [
            vec!["Time", "Subject", "Number"],
            vec!["2026-11-21T01:14:03+03:00", hard, "-5"],
            vec!["", "", "-1.50"],
        ]
    );
}

#[test]
fn no_csv_cell_begins_a_formula() {
    let hostile = [
        "=1+1",
        "+966501234567",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
    ];
    let mut file = CsvFile::new(Vec::new(), sheet(Language::English, &["A"]), false).unwrap();
    for cell in hostile {
        file.row(&[text(cell)]).unwrap();
    }
    let rows = read_csv(&file.finish().unwrap());
    for (row, cell) in rows[1..].iter().zip(hostile) {
        assert_eq!(row[0], format!("'{cell}"));
    }
    assert_eq!(rows.len(), hostile.len() + 1);
}

#[test]
fn an_empty_row_of_one_column_is_still_a_row() {
    let mut file = CsvFile::new(Vec::new(), sheet(Language::English, &["A"]), false).unwrap();
    file.row(&[Cell::Empty]).unwrap();
    file.row(&[text("b")]).unwrap();
    let rows = read_csv(&file.finish().unwrap());
    assert_eq!(rows, [vec!["A"], vec![""], vec!["b"]]);
}

fn xlsx(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes)).unwrap()
}

#[test]
fn an_xlsx_file_has_typed_cells_and_no_formula() {
    let folder = tempfile::tempdir().unwrap();
    let titles = ["Time", "Subject", "Number", "Total"];
    let mut file = XlsxFile::new(
        Cursor::new(Vec::new()),
        sheet(Language::English, &titles),
        folder.path(),
    )
    .unwrap();
    let long = "x".repeat(40_000);
    file.row(&[
        Cell::Time(at()),
        text("=1+1"),
        Cell::Integer(48_211),
        Cell::Decimal("129.50".into()),
    ])
    .unwrap();
    file.row(&[
        Cell::Empty,
        text(&long),
        Cell::Empty,
        text("tab\tand\u{1}control"),
    ])
    .unwrap();
    let mut book = xlsx(file.finish().unwrap().into_inner());
    assert_eq!(book.sheet_names(), ["Activity", "About"]);
    let range = book.worksheet_range("Activity").unwrap();
    let cell = |row, column| {
        range
            .get_value((row, column))
            .cloned()
            .unwrap_or(Data::Empty)
    };
    assert_eq!(cell(0, 0), Data::String("Time".to_owned()));
    match cell(1, 0) {
        // 2026-11-21 01:14:03 on the file's clock, in days since the last day of 1899.
        Data::DateTime(time) => {
            let expected = 46347.0 + (3_600.0 + 14.0 * 60.0 + 3.0) / 86_400.0;
            assert!((time.as_f64() - expected).abs() < 1e-8, "{}", time.as_f64());
        }
        other => panic!("a time is read as {other:?}"),
    }
    assert_eq!(cell(1, 1), Data::String("=1+1".to_owned()));
    assert_eq!(cell(1, 2), Data::Float(48_211.0));
    assert_eq!(cell(1, 3), Data::Float(129.5));
    let Data::String(cut) = cell(2, 1) else {
        panic!("a long text stays a text")
    };
    assert_eq!(cut.chars().count(), 32_767);
    assert!(cut.ends_with('…'));
    assert!(
        book.worksheet_formula("Activity").unwrap().is_empty(),
        "no cell is a formula"
    );
    let about = book.worksheet_range("About").unwrap();
    assert_eq!(
        about.get_value((1, 1)),
        Some(&Data::String("outcome:failed".to_owned()))
    );
}

#[test]
fn what_does_not_fit_goes_on_to_the_next_sheet() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = XlsxFile::with_sheets_of(
        Cursor::new(Vec::new()),
        sheet(Language::Arabic, &["N"]),
        folder.path(),
        4,
    )
    .unwrap();
    for n in 0..7 {
        file.row(&[Cell::Integer(n)]).unwrap();
    }
    let mut book = xlsx(file.finish().unwrap().into_inner());
    let mut numbers = Vec::new();
    let names = book.sheet_names();
    for name in &names[..3] {
        let range = book.worksheet_range(name).unwrap();
        assert_eq!(
            range.get_value((0, 0)),
            Some(&Data::String("N".to_owned())),
            "each sheet has its heading"
        );
        numbers.extend(range.rows().skip(1).map(|row| row[0].clone()));
    }
    assert_eq!(names.len(), 4);
    let expected: Vec<Data> = (0..7).map(|n| Data::Float(f64::from(n))).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn a_sheet_never_has_the_name_of_the_last_one_or_one_that_excel_reserves() {
    let folder = tempfile::tempdir().unwrap();
    for (language, title, first) in [
        (Language::English, "about", "about 1"),
        (Language::English, "History", "History 1"),
        (Language::English, "?About:", "About 1"),
        (Language::English, "About us", "About us"),
        (Language::Arabic, "عن الملف", "عن الملف 1"),
    ] {
        let titled = Sheet {
            title: title.to_owned(),
            ..sheet(language, &["N"])
        };
        let out = Cursor::new(Vec::new());
        let mut file = XlsxFile::with_sheets_of(out, titled, folder.path(), 3).unwrap();
        for n in 0..3 {
            file.row(&[Cell::Integer(n)]).unwrap();
        }
        let names = xlsx(file.finish().unwrap().into_inner()).sheet_names();
        let plain = first.trim_end_matches(" 1");
        assert_eq!(names[..2], [first.to_owned(), format!("{plain} 2")]);
        assert_eq!(names.len(), 3);
    }
}

fn pdf_of(
    language: Language,
    rows: usize,
    of_row: impl Fn(usize) -> [Cell<'static>; 3],
) -> lopdf::Document {
    pdf_begun_by(PdfFile::new, language, rows, of_row)
}

fn pdf_begun_by(
    begin: impl FnOnce(Vec<u8>, Sheet) -> Result<PdfFile<Vec<u8>>, WriteError>,
    language: Language,
    rows: usize,
    of_row: impl Fn(usize) -> [Cell<'static>; 3],
) -> lopdf::Document {
    let titles = match language {
        Language::English => ["Time", "Subject", "Description"],
        Language::Arabic => ["الوقت", "الموضوع", "الوصف"],
    };
    let mut sheet = sheet(language, &titles);
    sheet.total = Some(rows as u64);
    let mut file = begin(Vec::new(), sheet).unwrap();
    for row in 0..rows {
        file.row(&of_row(row)).unwrap();
    }
    let bytes = file.finish().unwrap();
    if let Ok(folder) = std::env::var("STORETRAIL_TEST_FILES") {
        std::fs::write(format!("{folder}/{}-{rows}.pdf", language.tag()), &bytes).unwrap();
    }
    lopdf::Document::load_mem(&bytes).unwrap()
}

/// All text of a file, as a reader of it finds and copies it, without spaces: where lines wrap is not asked.
fn text_of(pdf: &lopdf::Document) -> String {
    let pages: Vec<u32> = pdf.get_pages().into_keys().collect();
    let text = pdf.extract_text(&pages).unwrap();
    text.split_whitespace().collect()
}

#[test]
fn a_pdf_file_has_each_row_once_and_pages_with_numbers() {
    let pdf = pdf_of(Language::English, 120, |row| {
        [
            Cell::Time(at()),
            text(&format!("subject-{row:03}")),
            text("A price was changed because the season ended and the shelf had to be cleared"),
        ]
    });
    let text = text_of(&pdf);
    for row in 0..120 {
        assert_eq!(
            text.matches(&format!("subject-{row:03}")).count(),
            1,
            "{row}"
        );
    }
    let pages = pdf.get_pages().len();
    assert!(pages > 2, "{pages}");
    for page in 1..=pages {
        assert!(text.contains(&format!("Page{page}of{pages}")), "{page}");
    }
    assert_eq!(
        text.matches("Description").count(),
        pages,
        "the heading stands on each page"
    );
    assert!(text.contains("outcome:failed"));
    assert!(text.contains("of120"));
}

/// The structure elements of a file (PDF 1.7, 14.7.2), from its root in reading order, by type.
fn structure(pdf: &lopdf::Document) -> Vec<String> {
    fn walk(pdf: &lopdf::Document, object: &lopdf::Object, found: &mut Vec<String>) {
        let object = pdf.dereference(object).map_or(object, |(_, object)| object);
        if let Ok(kids) = object.as_array() {
            kids.iter().for_each(|kid| walk(pdf, kid, found));
        } else if let Ok(element) = object.as_dict() {
            if let Ok(name) = element.get(b"S").and_then(lopdf::Object::as_name) {
                found.push(String::from_utf8_lossy(name).into_owned());
            }
            if let Ok(kids) = element.get(b"K") {
                walk(pdf, kids, found);
            }
        }
    }
    let root = pdf.catalog().unwrap().get(b"StructTreeRoot").unwrap();
    let mut found = Vec::new();
    walk(pdf, root, &mut found);
    found
}

#[test]
fn a_pdf_file_says_what_is_a_heading_a_row_and_a_cell() {
    let pdf = pdf_of(Language::English, 90, |row| {
        // An empty cell is a cell too; one that goes on over the page is one cell.
        let words = if row == 40 {
            "word ".repeat(4_000)
        } else {
            String::new()
        };
        [Cell::Time(at()), Cell::Empty, text(&words)]
    });
    let found = structure(&pdf);
    let count = |kind: &str| found.iter().filter(|there| *there == kind).count();
    assert_eq!((count("H1"), count("P"), count("Table")), (1, 2, 1));
    assert_eq!((count("TR"), count("TH"), count("TD")), (91, 3, 270));
    let at = |kind: &str| found.iter().position(|there| there == kind);
    assert!(at("H1") < at("Table") && at("TH") < at("TD"));
    let marked = pdf.catalog().unwrap().get(b"MarkInfo").unwrap();
    let marked = pdf.dereference(marked).unwrap().1.as_dict().unwrap();
    assert!(marked.get(b"Marked").unwrap().as_bool().unwrap());
    let arabic = pdf_of(Language::Arabic, 2, |_| {
        [Cell::Empty, text("قميص"), text("كتان")]
    });
    assert_eq!(
        arabic
            .catalog()
            .unwrap()
            .get(b"Lang")
            .unwrap()
            .as_str()
            .unwrap(),
        b"ar"
    );
}

#[test]
fn rows_that_are_set_again_stand_where_they_were_counted() {
    let words = "a price was changed because the season ended ".repeat(20);
    let of_row = |row: usize| {
        [
            Cell::Integer(row as i64),
            Cell::Empty,
            text(&format!("{words} no{row:04}")),
        ]
    };
    // A third of the rows fits in what is kept: the others are kept as text and set twice.
    let keeping = |out, sheet| PdfFile::keeping(out, sheet, 30 * words.len());
    let pdf = pdf_begun_by(keeping, Language::English, 90, of_row);
    let (pages, set_again) = (pdf.get_pages().len(), text_of(&pdf));
    assert!(pages > 15, "{pages}");
    assert!(
        set_again.contains(&format!("Page{pages}of{pages}")),
        "{pages}"
    );
    for row in 0..90 {
        assert_eq!(
            set_again.matches(&format!("no{row:04}")).count(),
            1,
            "{row}"
        );
    }
    let pdf = pdf_of(Language::English, 90, of_row);
    assert!(set_again == text_of(&pdf), "as if all of it were kept");
}

#[test]
fn a_row_longer_than_a_page_goes_on_and_loses_nothing() {
    let words: Vec<String> = (0..3_000).map(|n| format!("w{n:04}")).collect();
    let pdf = pdf_of(Language::English, 2, |_| {
        [Cell::Empty, text("short"), text(&words.join(" "))]
    });
    let text = text_of(&pdf);
    for word in &words {
        assert_eq!(text.matches(word.as_str()).count(), 2, "{word}");
    }
}

#[test]
fn arabic_is_shaped_and_can_be_found_again() {
    let pdf = pdf_of(Language::Arabic, 3, |_| {
        [
            Cell::Time(at()),
            text("قميص كتان (Linen) 42"),
            text("غُيِّر السعر من 120 إلى 95 بسبب نهاية الموسم"),
        ]
    });
    assert_eq!(pdf.get_pages().len(), 1);
    // Shaped letters are other glyphs than those of their letters alone: the font in the file holds them.
    let text = text_of(&pdf);
    assert!(text.contains("Linen"), "{text}");
    assert!(
        text.chars().any(|c| ('\u{600}'..'\u{700}').contains(&c)),
        "{text}"
    );
}

#[test]
fn more_rows_than_a_pdf_holds_are_refused_before_they_are_read() {
    let mut sheet = sheet(Language::English, &["A"]);
    sheet.total = Some(100_001);
    let Err(error) = PdfFile::new(Vec::new(), sheet) else {
        panic!("a PDF of more than 100,000 rows was begun")
    };
    assert_eq!(error.code(), "too_many_rows");
}
