//! Reading inside the server: what a page's query costs without HTTP and rendering.

use crate::fill::{Filled, url};
use crate::percentile::Times;
use anyhow::{Context as _, Result};
use domain::{Cursor, Direction};
use std::time::Instant;
use storage::{Ambient, Page, Scope, Storage};

/// Times lists, filters, deep pages, searches and counts.
pub async fn measure(filled: &Filled, queries: usize) -> Result<()> {
    let storage = Storage::open(&url(&filled.path), Ambient::system()).await?;
    let store = storage
        .list_stores()
        .await?
        .into_iter()
        .next()
        .context("a store")?;
    let scope = Scope::system("bench", store);
    let first = |after| Page {
        after,
        direction: Direction::Newest,
        limit: 50,
    };

    let mut times = Times::default();
    for _ in 0..queries {
        let begun = Instant::now();
        let filter = storage
            .filter(&scope, "")
            .map_err(|_| anyhow::anyhow!("a filter"))?;
        let page = storage
            .list_activities(&scope, &filter, first(None))
            .await?;
        times.add(begun.elapsed());
        anyhow::ensure!(page.rows.len() == 50, "a full page");
    }
    println!("list newest 50: {}", times.summary());

    // Page 10,000: where half a million rows were passed.
    let filter = storage
        .filter(&scope, "")
        .map_err(|_| anyhow::anyhow!("a filter"))?;
    let mut cursor = None;
    let wide = |after| Page {
        after,
        direction: Direction::Newest,
        limit: 1_000,
    };
    for _ in 0..(filled.rows / 2 / 1_000).min(500) {
        let page = storage
            .list_activities(&scope, &filter, wide(cursor))
            .await?;
        cursor = page.next.as_deref().map(Cursor::parse).transpose()?;
    }
    let mut times = Times::default();
    for _ in 0..queries {
        let begun = Instant::now();
        storage
            .list_activities(&scope, &filter, first(cursor))
            .await?;
        times.add(begun.elapsed());
    }
    println!("page 10,000 by cursor: {}", times.summary());

    let words = words(&storage, &scope).await?;
    let pairs = pairs(&storage, &scope).await?;
    timed("two-field filter", &storage, &scope, queries, |n| {
        pairs[n % pairs.len()].clone()
    })
    .await?;
    timed("any-substring search", &storage, &scope, queries, |n| {
        words[n % words.len()].clone()
    })
    .await?;

    for q in [
        "",
        "category:products outcome:failed",
        "actor:system",
        "created:2026-08-01..2026-09-15",
    ] {
        let filter = storage
            .filter(&scope, q)
            .map_err(|_| anyhow::anyhow!("a filter"))?;
        let mut times = Times::default();
        let mut last = None;
        for _ in 0..(queries / 10).max(10) {
            let begun = Instant::now();
            last = Some(storage.count_activities(&scope, &filter).await?);
            times.add(begun.elapsed());
        }
        let count = last.context("a count")?;
        let said = if count.is_exact {
            "exactly"
        } else {
            "more than"
        };
        println!(
            "count of `{q}` ({said} {}): {}",
            count.count,
            times.summary()
        );
        let begun = Instant::now();
        storage.histogram(&scope, &filter, 120).await?;
        let histogram = begun.elapsed();
        let begun = Instant::now();
        storage.facets(&scope, &filter).await?;
        println!(
            "  histogram {:.2} ms, facets {:.2} ms",
            histogram.as_secs_f64() * 1e3,
            begun.elapsed().as_secs_f64() * 1e3
        );
    }
    storage.close().await?;
    Ok(())
}

async fn timed(
    what: &str,
    storage: &Storage,
    scope: &Scope,
    queries: usize,
    q: impl Fn(usize) -> String,
) -> Result<()> {
    let mut times = Times::default();
    let mut worst = (std::time::Duration::ZERO, String::new());
    let mut found = 0;
    for n in 0..queries {
        let q = q(n);
        let begun = Instant::now();
        let filter = storage
            .filter(scope, &q)
            .map_err(|errors| anyhow::anyhow!("`{q}`: {errors:?}"))?;
        let page = Page {
            after: None,
            direction: Direction::Newest,
            limit: 50,
        };
        let page = storage.list_activities(scope, &filter, page).await?;
        let time = begun.elapsed();
        found += usize::from(!page.rows.is_empty());
        times.add(time);
        if time > worst.0 {
            worst = (time, q);
        }
    }
    println!(
        "{what}: {} ({found} found something; slowest `{}`)",
        times.summary(),
        worst.1
    );
    Ok(())
}

/// Pieces of 3 to 12 characters from anywhere in what is stored, and some that are nowhere.
async fn words(storage: &Storage, scope: &Scope) -> Result<Vec<String>> {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below.max(1) as u64) as usize
    };
    let mut words = Vec::new();
    let mut after = None;
    for _ in 0..40 {
        let page = Page {
            after,
            direction: Direction::Newest,
            limit: 100,
        };
        let filter = domain::Filter::default();
        let page = storage.list_activities(scope, &filter, page).await?;
        for row in &page.rows {
            let texts = [
                row.description.as_deref(),
                row.subject.as_ref().map(|s| s.label()),
                row.actor.name.as_deref(),
            ];
            let Some(text) = texts[next(3)] else { continue };
            let chars: Vec<char> = domain::fold(text)
                .chars()
                .filter(|c| *c != '"' && *c != '\\')
                .collect();
            let length = 3 + next(10);
            if chars.len() >= length {
                let start = next(chars.len() - length + 1);
                let piece: String = chars[start..start + length].iter().collect();
                if piece.trim().chars().count() >= 3 {
                    words.push(format!("\"{}\"", piece.trim()));
                }
            }
        }
        after = page.next.as_deref().map(Cursor::parse).transpose()?;
        // Skip ahead, so that the pieces come from all over the log.
        for _ in 0..20 {
            let skip = Page {
                after,
                direction: Direction::Newest,
                limit: 1_000,
            };
            let page = storage.list_activities(scope, &filter, skip).await?;
            after = page.next.as_deref().map(Cursor::parse).transpose()?;
        }
        if after.is_none() {
            break;
        }
    }
    words.extend(["\"zzqqxx\"", "\"qwertz uiop\"", "\"لا يوجد هذا\""].map(str::to_owned));
    anyhow::ensure!(words.len() > 100, "pieces to search for");
    Ok(words)
}

/// Every two of actor, action, category, outcome, subject type and time that people combine.
async fn pairs(storage: &Storage, scope: &Scope) -> Result<Vec<String>> {
    let none = domain::query::Query::parse("");
    let mut values = Vec::new();
    for qualifier in ["actor", "action", "category", "outcome"] {
        let found = storage.suggest(scope, &none, qualifier, "").await?;
        values.push(
            found
                .values
                .into_iter()
                .map(|s| s.insert)
                .collect::<Vec<_>>(),
        );
    }
    values.push(vec![
        "created:2026-09-01..2026-09-30".to_owned(),
        "created:..2026-10-15".to_owned(),
    ]);
    values.push(vec!["has:changes".to_owned(), "has:error".to_owned()]);
    let mut pairs = Vec::new();
    for (at, left) in values.iter().enumerate() {
        for right in &values[at + 1..] {
            for l in left {
                for r in right {
                    pairs.push(format!("{l} {r}"));
                }
            }
        }
    }
    // Spread, so that a short run meets every kind.
    let stride = (pairs.len() * 618 / 1_000) | 1;
    Ok((0..pairs.len())
        .map(|n| pairs[n * stride % pairs.len()].clone())
        .collect())
}
