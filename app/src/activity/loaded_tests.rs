//! Tests of what the browser holds of the log.

use super::*;
use domain::{Actor, CategorySet, Outcome, Reference, Seq};

const HEIGHTS: Heights = Heights {
    row: 36.0,
    day: 30.0,
};

fn at(time: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(time).unwrap().to_utc()
}

fn now() -> DateTime<Utc> {
    at("2026-11-20T09:01:00Z")
}

fn entry(number: i64, time: &str) -> ActivityRow {
    ActivityRow {
        id: format!("00000000-0000-7000-8000-{number:012}")
            .parse()
            .unwrap(),
        seq: Some(Seq(number)),
        occurred_at: at(time),
        offset_minutes: 0,
        action: "product.updated".to_owned(),
        categories: CategorySet::EMPTY,
        outcome: Outcome::Success,
        actor: Actor::system(),
        subject: None,
        description: None,
        error: None,
        first_change: None,
        change_count: 0,
        ip: None,
        operation_id: None,
    }
}

fn page(rows: Vec<ActivityRow>) -> ActivityPage {
    ActivityPage {
        rows,
        next: Some("n".to_owned()),
        searched_to: None,
        gaps: Vec::new(),
        was_erased: false,
    }
}

fn two_days() -> Loaded {
    Loaded::new(
        page(vec![
            entry(4, "2026-11-20T09:00:00Z"),
            entry(3, "2026-11-20T08:00:00Z"),
            entry(2, "2026-11-19T08:00:00Z"),
            entry(1, "2026-11-19T07:00:00Z"),
        ]),
        Direction::Newest,
    )
}

fn numbers(loaded: &Loaded) -> Vec<i64> {
    loaded
        .lines()
        .iter()
        .filter_map(|l| l.row.seq)
        .map(|s| s.0)
        .collect()
}

#[test]
fn a_search_goes_on_by_itself_and_asks_at_each_twentieth_stop() {
    let stopped = || ActivityPage {
        searched_to: Some("2026-11-19T07:00:00Z".parse().unwrap()),
        ..page(Vec::new())
    };
    let mut loaded = Loaded::new(stopped(), Direction::Newest);
    for stop in 1..=40 {
        assert!(loaded.has_stopped());
        assert_eq!(loaded.waits_at().is_some(), stop % 20 == 0, "stop {stop}");
        loaded.append(stopped());
    }
    loaded.append(page(Vec::new()));
    assert!(!loaded.has_stopped() && loaded.waits_at().is_none());
}

#[test]
fn an_arrival_is_shown_at_once_when_the_reader_is_ready() {
    let mut loaded = two_days();
    assert_eq!(
        loaded.arrive(entry(5, "2026-11-20T09:00:01Z"), true, now()),
        Arrival::Shown
    );
    assert_eq!(numbers(&loaded), [5, 4, 3, 2, 1]);
    assert!(loaded.lines()[0].is_fresh);
}

#[test]
fn arrivals_wait_and_come_in_order() {
    let mut loaded = two_days();
    assert_eq!(
        loaded.arrive(entry(5, "2026-11-20T09:00:09Z"), false, now()),
        Arrival::Waiting
    );
    assert_eq!(
        loaded.arrive(entry(6, "2026-11-20T09:00:05Z"), false, now()),
        Arrival::Waiting
    );
    assert_eq!((loaded.waiting(), loaded.len()), (2, 4));
    assert_eq!(loaded.release(), 2);
    assert_eq!(numbers(&loaded), [5, 6, 4, 3, 2, 1]);
}

#[test]
fn the_same_entry_is_never_there_twice() {
    let mut loaded = two_days();
    assert_eq!(
        loaded.arrive(entry(4, "2026-11-20T09:00:00Z"), true, now()),
        Arrival::Nothing
    );
    loaded.arrive(entry(5, "2026-11-20T09:00:01Z"), false, now());
    assert_eq!(
        loaded.arrive(entry(5, "2026-11-20T09:00:01Z"), false, now()),
        Arrival::Nothing
    );
    assert_eq!(loaded.waiting(), 1);
    loaded.append(page(vec![
        entry(1, "2026-11-19T07:00:00Z"),
        entry(0, "2026-11-18T07:00:00Z"),
    ]));
    assert_eq!(numbers(&loaded), [4, 3, 2, 1, 0]);
}

#[test]
fn an_old_time_is_counted_and_not_slipped_in() {
    let mut loaded = two_days();
    assert_eq!(
        loaded.arrive(entry(5, "2026-11-20T08:30:00Z"), true, now()),
        Arrival::Late
    );
    assert_eq!((loaded.late(), loaded.len()), (1, 4));
}

#[test]
fn what_comes_late_is_counted_once_however_often_it_is_told() {
    let mut loaded = two_days();
    let late = entry(5, "2026-11-20T08:30:00Z");
    assert_eq!(loaded.arrive(late.clone(), true, now()), Arrival::Late);
    assert_eq!(loaded.arrive(late, true, now()), Arrival::Nothing);
    assert_eq!(loaded.late(), 1);
    assert!(loaded.is_to_be_read_again());
}

#[test]
fn a_row_with_a_time_ahead_holds_up_nothing_that_comes_after_it() {
    let ahead = entry(9, "2026-11-21T08:00:00Z");
    for direction in [Direction::Newest, Direction::Oldest] {
        let mut rows = vec![ahead.clone(), entry(4, "2026-11-20T09:00:00Z")];
        if direction == Direction::Oldest {
            rows.reverse();
        }
        let mut loaded: Loaded = Loaded::new(page(rows), direction);
        loaded.next = None;
        assert_eq!(
            loaded.arrive(entry(5, "2026-11-20T09:00:59Z"), true, now()),
            Arrival::Shown
        );
        // What is late is late all the same.
        assert_eq!(
            loaded.arrive(entry(6, "2026-11-20T08:58:00Z"), true, now()),
            Arrival::Late
        );
        let mut expected = [9_i64, 5, 4];
        if direction == Direction::Oldest {
            expected.reverse();
        }
        assert_eq!(numbers(&loaded), expected);
        loaded.settle();
        assert!(loaded.lines().iter().all(|line| !line.is_fresh));
    }
}

#[test]
fn a_change_arrives_when_it_matches_now_and_its_page_is_there() {
    let mut loaded = two_days();
    let mut change = |number, time, is_matching| {
        loaded.arrive_changed(entry(number, time), is_matching, true, now())
    };
    // It is there: what it is now takes the place of what it was, whether it matches or not.
    assert_eq!(change(3, "2026-11-20T08:00:00Z", false), Arrival::Nothing);
    assert_eq!(change(5, "2026-11-20T09:00:30Z", false), Arrival::Nothing);
    assert_eq!(change(5, "2026-11-20T09:00:30Z", true), Arrival::Shown);
    assert_eq!(change(6, "2026-11-20T08:30:00Z", true), Arrival::Late);
    // It belongs to the next page, which brings it.
    assert_eq!(change(0, "2026-11-18T08:00:00Z", true), Arrival::Nothing);
    assert_eq!(numbers(&loaded), [5, 4, 3, 2, 1]);
    assert_eq!(loaded.late(), 1);

    let mut oldest: Loaded = Loaded::new(
        page(vec![
            entry(1, "2026-11-19T07:00:00Z"),
            entry(4, "2026-11-20T09:00:00Z"),
        ]),
        Direction::Oldest,
    );
    let mut change = |number, time| oldest.arrive_changed(entry(number, time), true, true, now());
    assert_eq!(change(2, "2026-11-19T08:00:00Z"), Arrival::Late);
    assert_eq!(change(5, "2026-11-20T09:00:30Z"), Arrival::Nothing);
    assert_eq!(numbers(&oldest), [1, 4]);
}

#[test]
fn a_list_that_more_arrived_for_than_it_knows_is_to_be_read_again() {
    let mut loaded = two_days();
    assert!(!loaded.has_news() && !loaded.is_to_be_read_again());
    loaded.outdate();
    assert!(loaded.has_news() && loaded.is_to_be_read_again() && loaded.is_stale());
    assert_eq!(loaded.late(), 0);
}

#[test]
fn a_page_that_shares_no_row_with_the_list_and_goes_on_leaves_a_hole() {
    let mut loaded = two_days();
    loaded.arrive(entry(5, "2026-11-20T09:00:01Z"), false, now());
    let known = loaded.ids();
    let time = "2026-11-20T09:00:30Z";
    let newest = |rows| -> Loaded { Loaded::new(page(rows), Direction::Newest) };
    assert!(newest(vec![entry(9, time), entry(8, time)]).leaves_a_hole_to(&known));
    // What waits is known too.
    assert!(!newest(vec![entry(9, time), entry(5, time)]).leaves_a_hole_to(&known));
    assert!(!newest(vec![entry(9, time), entry(4, time)]).leaves_a_hole_to(&known));
    assert!(!newest(Vec::new()).leaves_a_hole_to(&known));
    let mut last = newest(vec![entry(9, time)]);
    last.next = None;
    assert!(!last.leaves_a_hole_to(&known));
}

#[test]
fn a_change_keeps_its_place() {
    let mut loaded = two_days();
    let mut changed = entry(3, "2026-11-20T08:00:00Z");
    changed.outcome = Outcome::Failed;
    assert!(loaded.change(&changed));
    assert_eq!(numbers(&loaded), [4, 3, 2, 1]);
    assert_eq!(loaded.lines()[1].revision, 1);
    assert!(!loaded.change(&entry(9, "2026-11-20T08:00:00Z")));
}

#[test]
fn with_the_oldest_first_arrivals_stand_at_the_end_once_it_is_loaded() {
    let mut loaded = Loaded::new(
        page(vec![entry(1, "2026-11-19T07:00:00Z")]),
        Direction::Oldest,
    );
    assert_eq!(
        loaded.arrive(entry(2, "2026-11-20T07:00:00Z"), false, now()),
        Arrival::Nothing
    );
    loaded.next = None;
    assert_eq!(
        loaded.arrive(entry(2, "2026-11-20T07:00:00Z"), false, now()),
        Arrival::Shown
    );
    assert_eq!(numbers(&loaded), [1, 2]);
}

#[test]
fn spaces_and_rows_always_add_up() {
    let rows = (0..1_000)
        .rev()
        .map(|n| {
            entry(
                n,
                &format!("2026-11-{:02}T{:02}:00:00Z", n / 24 % 30 + 1, n % 24),
            )
        })
        .collect();
    let loaded = Loaded::new(page(rows), Direction::Newest);
    let whole = loaded.height(HEIGHTS);
    for y in [0.0, 500.0, 7_000.0, 20_000.0, whole] {
        let window = loaded.window_at(y, HEIGHTS);
        assert!(window.len() <= MAX_IN_DOCUMENT);
        let stretches = loaded.stretches(window.clone());
        let shown = window.len() as f64 * HEIGHTS.row + stretches.len() as f64 * HEIGHTS.day;
        let (above, below) = loaded.spaces(&window, HEIGHTS);
        assert!((above + shown + below - whole).abs() < 0.01, "at {y}");
        let place = loaded.place_at(y, HEIGHTS);
        assert!(window.contains(&place));
    }
}

fn gap(from: &str, to: &str) -> Gap {
    Gap {
        from: at(from),
        to: at(to),
        offset_minutes: 0,
        count: 12,
        at: at("2026-11-21T08:00:00Z"),
        by: "Omar".to_owned(),
        reason: "asked for".to_owned(),
        erasure: "00000000-0000-7000-8000-000000000001".parse().unwrap(),
    }
}

#[test]
fn a_gap_stands_where_its_entries_were_and_takes_a_row() {
    let mut with_gap = page(vec![
        entry(4, "2026-11-20T09:00:00Z"),
        entry(1, "2026-11-20T07:00:00Z"),
    ]);
    with_gap.gaps = vec![gap("2026-11-20T08:00:00Z", "2026-11-20T08:30:00Z")];
    let mut loaded: Loaded = Loaded::new(with_gap.clone(), Direction::Newest);
    assert_eq!(loaded.gaps_at(0).count(), 0);
    assert_eq!(loaded.gaps_at(1).count(), 1);
    assert!((loaded.height(HEIGHTS) - 138.0).abs() < f64::EPSILON);
    assert!((loaded.top_of(1, HEIGHTS) - 102.0).abs() < f64::EPSILON);
    // The next page may tell of the same gap.
    loaded.append(ActivityPage {
        rows: vec![entry(0, "2026-11-19T07:00:00Z")],
        ..with_gap
    });
    assert_eq!(loaded.gaps_at(1).count(), 1);
}

#[test]
fn a_gap_keeps_its_place_when_rows_arrive() {
    let mut with_gap = page(vec![
        entry(4, "2026-11-20T09:00:00Z"),
        entry(1, "2026-11-20T07:00:00Z"),
    ]);
    with_gap.gaps = vec![gap("2026-11-20T08:00:00Z", "2026-11-20T08:30:00Z")];
    let mut loaded: Loaded = Loaded::new(with_gap, Direction::Newest);
    loaded.arrive(entry(5, "2026-11-20T09:30:00Z"), true, now());
    assert_eq!(loaded.gaps_at(1).count(), 0);
    assert_eq!(loaded.gaps_at(2).count(), 1);
}

fn alike(number: i64, time: &str) -> ActivityRow {
    ActivityRow {
        operation_id: Some("clean-up".to_owned()),
        ..entry(number, time)
    }
}

fn many() -> Loaded {
    let times = ["09:00", "08:00", "07:00", "06:00"];
    let rows = times.iter().enumerate().map(|(at, time)| {
        let number = 4 - i64::try_from(at).unwrap();
        alike(number, &format!("2026-11-20T{time}:00Z"))
    });
    Loaded::new(page(rows.collect()), Direction::Newest)
}

#[test]
fn what_repeats_is_folded_into_one_line_until_it_is_unfolded() {
    let mut loaded = many();
    assert_eq!((loaded.len(), loaded.lines()[0].folded.len()), (1, 3));
    let last = loaded.lines()[0].folded[2].id;
    assert_eq!(loaded.place_of(last), Some(0));
    // The next page goes on with the same.
    loaded.append(page(vec![alike(0, "2026-11-20T05:00:00Z")]));
    assert_eq!((loaded.len(), loaded.lines()[0].folded.len()), (1, 4));
    let first = loaded.lines()[0].row.id;
    loaded.unfold(first);
    assert_eq!(numbers(&loaded), [4, 3, 2, 1, 0]);
    assert_eq!(loaded.place_of(last), Some(3));
    loaded.append(page(vec![alike(7, "2026-11-20T04:00:00Z")]));
    assert_eq!(loaded.len(), 6);
}

#[test]
fn what_is_hidden_is_not_taken_for_the_same() {
    let hidden = |number: i64, time: &str| {
        let mut row = entry(number, time);
        row.subject = Some(Reference {
            kind: "customer".to_owned(),
            id: MASK.to_owned(),
            name: None,
        });
        row
    };
    let loaded: Loaded = Loaded::new(
        page(vec![
            hidden(3, "2026-11-20T09:00:00Z"),
            hidden(2, "2026-11-20T08:00:00Z"),
            hidden(1, "2026-11-20T07:00:00Z"),
        ]),
        Direction::Newest,
    );
    assert_eq!(loaded.len(), 3);
}

#[test]
fn a_day_two_alike_and_another_outcome_are_not_folded() {
    assert_eq!(two_days().len(), 4);
    let mut failed = alike(2, "2026-11-20T07:00:00Z");
    failed.outcome = Outcome::Failed;
    let loaded: Loaded = Loaded::new(
        page(vec![
            alike(4, "2026-11-20T09:00:00Z"),
            alike(3, "2026-11-20T08:00:00Z"),
            failed,
            alike(1, "2026-11-20T06:00:00Z"),
        ]),
        Direction::Newest,
    );
    assert_eq!(loaded.len(), 4);
}

#[test]
fn a_change_of_a_folded_entry_leaves_the_head_alone() {
    let mut loaded = many();
    let head = loaded.lines()[0].row.id;
    let mut changed = (*loaded.lines()[0].folded[0]).clone();
    changed.description = Some("now".to_owned());
    assert!(loaded.change(&changed));
    assert_eq!(loaded.lines()[0].row.id, head);
    assert_eq!(
        loaded.lines()[0].folded[0].description.as_deref(),
        Some("now")
    );
}
