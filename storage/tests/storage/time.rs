//! Counts over time on the store's clock: histogram, days, ranges that cut through kept hours.

use crate::harness::{Case, activity, new_store, on_both, record_in, start};
use crate::message_kit::inbound;
use chrono::{DateTime, Duration, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::message::Channel;
use domain::view::{BucketWidth, Histogram, StoreView};
use domain::{Activity, ActivityId, Outcome, Role};
use storage::{NewStore, Scope, StoreSettings};

/// A store on the clock of `zone` with an entry every `step` before the start, `count` of them.
async fn store_in(case: &Case, zone: &str, step: Duration, count: i32) -> StoreView {
    let store = NewStore {
        time_zone: zone.to_owned(),
        ..new_store()
    };
    let store = case.storage.create_store(store).await.expect("a store");
    let items: Vec<Activity> = (1..=count)
        .map(|n| {
            let mut item = activity(["product.updated", "order.created"][n as usize % 2], 0);
            item.occurred_at = start() - step * n;
            item.outcome = Outcome::ALL[n as usize % 3];
            item
        })
        .collect();
    let scope = Scope::system("test", store.clone());
    for batch in items.chunks(1_000) {
        record_in(&case.storage, &scope, batch.to_vec()).await;
    }
    store
}

async fn histogram(case: &Case, scope: &Scope, q: &str, buckets: u32) -> Histogram {
    let filter = case.filter(scope, q);
    let histogram = case.storage.histogram(scope, &filter, buckets).await;
    histogram.expect("a histogram")
}

/// That the buckets follow each other, say what the list says, and have edges on the store's clock.
async fn agrees(case: &Case, store: &StoreView, q: &str, buckets: u32) -> Histogram {
    let scope = Scope::system("test", store.clone());
    let zone: Tz = store.time_zone.parse().expect("a zone");
    let histogram = histogram(case, &scope, q, buckets).await;
    assert!(histogram.is_exact && histogram.counted_from.is_none());
    let rows = case.all_rows(&scope, q, 500).await;
    let total: u64 = histogram.buckets.iter().map(|b| b.total()).sum();
    assert_eq!(total, rows.len() as u64, "{q} in {}", store.time_zone);
    for pair in histogram.buckets.windows(2) {
        assert_eq!(pair[0].to, pair[1].from);
    }
    let mut inside = vec![[0_u64; 3]; histogram.buckets.len()];
    for row in &rows {
        let at = row.occurred_at.timestamp_micros();
        let place = histogram.buckets.partition_point(|b| b.from <= at);
        inside[place - 1][row.outcome as usize] += 1;
    }
    for (bucket, expected) in histogram.buckets.iter().zip(inside) {
        let got = [bucket.success, bucket.pending, bucket.failed];
        let from = Utc.timestamp_micros(bucket.from).single().expect("a time");
        let local = from.with_timezone(&zone);
        assert_eq!(got, expected, "{q}, bucket from {local}");
        let offset = local.offset().to_string();
        let minutes = local.naive_local() - from.naive_utc();
        assert_eq!(
            i64::from(bucket.offset_minutes),
            minutes.num_minutes(),
            "{offset}"
        );
        let to = Utc.timestamp_micros(bucket.to).single().expect("a time");
        let minutes = to.with_timezone(&zone).naive_local() - to.naive_utc();
        assert_eq!(
            i64::from(bucket.to_offset_minutes),
            minutes.num_minutes(),
            "the end of the bucket from {local}"
        );
        let time = local.format("%H:%M:%S").to_string();
        let is_even = match histogram.width {
            BucketWidth::Minute => time.ends_with(":00"),
            BucketWidth::QuarterHour => ["00:00", "15:00", "30:00", "45:00"]
                .iter()
                .any(|end| time.ends_with(end)),
            BucketWidth::Hour => time.ends_with("00:00"),
            BucketWidth::SixHours => {
                ["00:00:00", "06:00:00", "12:00:00", "18:00:00"].contains(&time.as_str())
            }
            _ => time == "00:00:00",
        };
        // Where the clock jumps over midnight, the day begins at one.
        let midnight = local.date_naive().and_time(chrono::NaiveTime::MIN);
        let is_jump =
            time == "01:00:00" && zone.from_local_datetime(&midnight).earliest().is_none();
        assert!(
            is_even || is_jump,
            "a bucket of {:?} begins at {local}",
            histogram.width
        );
    }
    histogram
}

#[test]
fn the_histogram_says_what_the_list_says_in_every_kind_of_zone() {
    on_both(async |case| {
        for zone in [
            "UTC",
            "Asia/Riyadh",
            "Asia/Kolkata",
            "Asia/Kathmandu",
            "Europe/Berlin",
            "America/St_Johns",
        ] {
            let store = store_in(&case, zone, Duration::minutes(173), 400).await;
            for q in [
                "action:product.updated,order.created",
                "action:order.created",
                "category:products outcome:failed",
                "outcome:pending,failed",
                "actor:sara",
                "-outcome:success actor:sara",
                "created:2026-10-20..2026-11-10",
                "created:2026-10-20T07:20..2026-11-10T18:47",
                "created:2026-11-19T07:20..2026-11-19T09:05",
                "created:7d category:products",
                "created:36h",
                "created:90m",
                "created:..2026-11-01",
                "created:2026-10-10T10:10..2026-10-10T10:50",
                "created:2026-11-01..2026-11-02,2026-11-10..2026-11-12",
            ] {
                for buckets in [1, 30, 400] {
                    agrees(&case, &store, q, buckets).await;
                }
            }
        }
    });
}

#[test]
fn the_store_may_have_more_entries_than_are_counted_one_by_one() {
    on_both(async |case| {
        for zone in ["Asia/Riyadh", "Asia/Kathmandu"] {
            let store = store_in(&case, zone, Duration::minutes(13), 10_500).await;
            for (q, width) in [
                ("action:product.updated,order.created", BucketWidth::Day),
                (
                    "created:2026-08-20T10:20..2026-11-19T17:05",
                    BucketWidth::Day,
                ),
            ] {
                let histogram = agrees(&case, &store, q, 120).await;
                assert_eq!(histogram.width, width);
            }
            let scope = Scope::system("test", store);
            let filter = case.filter(&scope, "actor:sara");
            let count = case.storage.count_activities(&scope, &filter).await;
            let count = count.expect("a count");
            assert_eq!((count.count, count.is_exact), (10_000, false));
            let partial = case.storage.histogram(&scope, &filter, 120).await;
            let partial = partial.expect("a histogram");
            let total: u64 = partial.buckets.iter().map(|b| b.total()).sum();
            assert!(!partial.is_exact && total == 10_000);
            let oldest = start() - Duration::minutes(13) * 10_001;
            assert_eq!(partial.counted_from, Some(oldest));
        }
    });
}

#[test]
fn a_histogram_has_at_most_as_many_buckets_as_asked_for() {
    on_both(async |case| {
        let store = store_in(&case, "Europe/Berlin", Duration::hours(7), 300).await;
        let scope = Scope::system("test", store);
        for buckets in [1, 2, 7, 24, 60, 90, 400, 9_999] {
            for q in [
                "",
                "created:2d",
                "created:2026-10-25",
                "created:2026-11-20T12:03",
                "created:2026-10-31T23:50..2026-11-01T00:10",
                "created:2025-12-31..2026-03-01",
            ] {
                let histogram = histogram(&case, &scope, q, buckets).await;
                let most = buckets.min(400) as usize;
                let got = histogram.buckets.len();
                assert!((1..=most).contains(&got), "{got} of {buckets} for {q}");
            }
        }
    });
}

/// Berlin sets its clocks back on 2026-10-25 at 03:00 to 02:00, Beirut jumps over midnight on 2026-03-29.
#[test]
fn days_are_counted_on_the_store_s_clock_when_it_is_set_back_or_forward() {
    on_both(async |case| {
        for (zone, day, before, after, hours) in [
            (
                "Europe/Berlin",
                "2026-10-25",
                "2026-10-24",
                "2026-10-26",
                25,
            ),
            (
                "Europe/Berlin",
                "2026-03-29",
                "2026-03-28",
                "2026-03-30",
                23,
            ),
            ("Asia/Beirut", "2026-03-29", "2026-03-28", "2026-03-30", 23),
            ("Asia/Kolkata", "2026-10-25", "2026-10-24", "2026-10-26", 24),
        ] {
            let store = NewStore {
                time_zone: zone.to_owned(),
                ..new_store()
            };
            let store = case.storage.create_store(store).await.expect("a store");
            let scope = Scope::system("test", store.clone());
            // An entry each half hour in UTC, from two days before to two days after.
            let noon: DateTime<Utc> = format!("{day}T12:00:00Z").parse().expect("a time");
            let items = (-96..96).map(|n| {
                let mut item = activity("product.updated", 0);
                item.occurred_at = noon + Duration::minutes(30 * n) + Duration::microseconds(7);
                item
            });
            record_in(&case.storage, &scope, items.collect()).await;
            let days = [before, day, after, "nonsense"].map(str::to_owned);
            for q in ["category:products", "category:products actor:sara"] {
                let filter = case.filter(&scope, q);
                let counts = case.storage.day_counts(&scope, &filter, &days).await;
                let counts = counts.expect("counts");
                let counts: Vec<_> = counts
                    .iter()
                    .map(|c| (c.day.as_str(), c.count.count, c.count.is_exact))
                    .collect();
                let expected = [
                    (before, 48, true),
                    (day, hours * 2, true),
                    (after, 48, true),
                ];
                assert_eq!(counts, expected, "{zone} {q}");
            }
            let q = format!("created:{day} category:products");
            assert_eq!(case.count(&scope, &q).await as u64, hours * 2, "{zone}");
            let hourly = agrees(&case, &store, &q, 60).await;
            assert_eq!(hourly.width, BucketWidth::Hour);
            let range = format!("created:{before}..{after} category:products");
            agrees(&case, &store, &range, 4).await;
            agrees(&case, &store, &range, 20).await;
        }
    });
}

/// The tests' now is in November: in July Berlin's clock was an hour further ahead.
#[test]
fn each_end_of_a_stretch_has_the_offset_of_its_own_time() {
    on_both(async |case| {
        let store = store_in(&case, "Europe/Berlin", Duration::minutes(13), 1).await;
        let scope = Scope::system("test", store);
        let offsets = |q: &str| {
            let range = case.filter(&scope, q).time_range();
            case.storage.offsets_at(&scope, range)
        };
        assert_eq!(offsets("created:2026-07-01..2026-07-10"), [120, 120]);
        assert_eq!(offsets("created:2026-10-20..2026-10-30"), [120, 60]);
        assert_eq!(offsets("created:today"), [60, 60]);
        let year = histogram(&case, &scope, "created:2026-01-01..2026-12-31", 24).await;
        assert_eq!(year.width, BucketWidth::Month);
        let march = &year.buckets[2];
        assert_eq!((march.offset_minutes, march.to_offset_minutes), (60, 120));
        let recorded = record_in(&case.storage, &scope, vec![activity("product.updated", 1)]).await;
        let id = ActivityId(recorded[0].id);
        let detail = case.storage.get_activity(&scope, id).await.expect("read");
        let proof = detail.expect("there").proof.expect("a proof");
        assert_eq!(proof.offset_minutes, 60);
    });
}

#[test]
fn messages_of_one_hour_are_counted_in_the_days_they_fall_in() {
    on_both(async |case| {
        let store = store_in(&case, "Asia/Kolkata", Duration::hours(1), 1).await;
        let scope = Scope::system("test", store);
        // Midnight there is half past six in the evening in UTC.
        for (n, time) in [
            "18:10:00",
            "18:29:59.999999",
            "18:30:00",
            "18:50:00",
            "19:00:00",
        ]
        .iter()
        .enumerate()
        {
            let id = format!("{n}@mail.example");
            let mut message = inbound(&case, Channel::Email, "noura@mail.example", "Hello", &id);
            message.occurred_at = format!("2026-11-18T{time}Z").parse().expect("a time");
            let received = case
                .storage
                .receive_message(&scope, message, Vec::new(), None);
            received.await.expect("received");
        }
        for q in ["", "created:2026-11-18..2026-11-19"] {
            let filter = case.storage.message_filter(&scope, q).expect("a filter");
            let volumes = case.storage.message_volumes(&scope, &filter).await;
            let days: Vec<_> = volumes
                .expect("volumes")
                .volumes
                .into_iter()
                .map(|volume| (volume.day, volume.count))
                .collect();
            let day = |day: &str, count| (day.to_owned(), count);
            assert_eq!(days, [day("2026-11-18", 2), day("2026-11-19", 3)], "{q}");
            // Midnight is between them, and with it the end of every even stretch.
            for most in [1, 2, 3] {
                let bars = case.storage.message_histogram(&scope, &filter, most).await;
                let bars = bars.expect("bars").buckets;
                assert!(bars.len() <= most as usize, "{q}: {}", bars.len());
                let received: u64 = bars.iter().map(|b| b.received).sum();
                assert_eq!(received, 5, "{q}");
            }
        }
    });
}

#[test]
fn a_changed_zone_moves_days_but_not_entries() {
    on_both(async |case| {
        let mut late = activity("product.updated", 0);
        late.occurred_at = "2026-11-18T22:30:00Z".parse().expect("a time");
        let id = case.record(vec![late]).await[0].id;
        let day = async |scope: &Scope, day: &str| {
            case.count(scope, &format!("created:{day} category:products"))
                .await
        };
        assert_eq!(day(&case.scope(), "2026-11-19").await, 1);
        let settings = StoreSettings {
            name: case.store.name.clone(),
            domain: case.store.domain.clone(),
            time_zone: "Europe/London".to_owned(),
        };
        let moved = case.storage.update_store(&case.scope(), settings).await;
        let moved = Scope::system("test", moved.expect("changed"));
        assert_eq!(day(&moved, "2026-11-19").await, 0);
        assert_eq!(day(&moved, "2026-11-18").await, 1);
        let rows = case.all_rows(&moved, "category:products", 10).await;
        assert_eq!((rows[0].id.0, rows[0].offset_minutes), (id, 0));
    });
}

#[test]
fn kept_hours_and_direct_counts_agree_at_every_edge() {
    on_both(async |case| {
        let store = store_in(&case, "UTC", Duration::minutes(7), 500).await;
        let scope = Scope::system("test", store);
        let edges = [
            "2026-11-19T00:00",
            "2026-11-19T00:59",
            "2026-11-19T01:00",
            "2026-11-19T01:01",
            "2026-11-19T13:37",
            "2026-11-20T08:53",
            "2026-11-20T09:00",
        ];
        for (at, from) in edges.iter().enumerate() {
            for to in &edges[at..] {
                for rest in ["outcome:failed", "category:products", "-category:settings"] {
                    let q = format!("created:{from}..{to} {rest}");
                    // `count` compares the kept count with the list.
                    let kept = case.count(&scope, &q).await;
                    let direct = case.count(&scope, &format!("{q} actor:sara")).await;
                    assert_eq!(kept, direct, "{q}");
                }
            }
        }
    });
}

#[test]
fn the_histogram_of_a_restricted_role_begins_with_what_it_sees() {
    on_both(async |case| {
        let keeper = case.member("Omar Store", Role::StoreKeeper).await;
        let staff = case.member("Lina Staff", Role::Staff).await;
        let days = |n: i64| -n * 24 * 60;
        case.record(vec![
            activity("order.created", days(200)),
            activity("product.updated", days(50)),
            activity("product.updated", days(2)),
        ])
        .await;
        let total = |histogram: &Histogram| -> u64 {
            histogram.buckets.iter().map(|bucket| bucket.total()).sum()
        };
        let of_keeper = histogram(&case, &keeper.scope, "", 400).await;
        assert_eq!(total(&of_keeper), 2);
        let from = of_keeper.buckets[0].from;
        let visible = (start() - Duration::days(50)).timestamp_micros();
        let day = Duration::days(1).num_microseconds().expect("a day");
        assert!((visible - day..=visible).contains(&from));
        let of_staff = histogram(&case, &staff.scope, "", 400).await;
        assert_eq!(total(&of_staff), 0);
        let from = of_staff.buckets[0].from;
        assert!(from > visible);
    });
}

#[test]
fn an_empty_store_has_an_empty_histogram() {
    on_both(async |case| {
        let histogram = histogram(&case, &case.scope(), "category:products", 60).await;
        assert!(histogram.is_exact);
        assert!(!histogram.buckets.is_empty());
        assert!(histogram.buckets.iter().all(|bucket| bucket.total() == 0));
    });
}
