//! Input by chance: whatever comes, it is no fault of ours.

use crate::harness::on_both;
use crate::v1_calls::{Api, get, post};
use crate::v1_record::price_change;

/// Numbers without a pattern, the same each time (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

#[tokio::test]
async fn a_damaged_body_is_never_a_fault() {
    let api = Api::start().await;
    let whole = price_change().to_string().into_bytes();
    let spare = [
        b"\"".as_slice(),
        b"\\",
        b"{",
        b"]",
        b"\0",
        b"\xff",
        b"\\ud800",
        b"null",
        b"-1e400",
        b"[[[[",
        b":",
        b",",
    ];
    let mut dice = Dice(7);
    for _ in 0..300 {
        let mut body = whole.clone();
        for _ in 0..=dice.below(3) {
            let at = dice.below(body.len());
            let end = (at + dice.below(6)).min(body.len());
            body.splice(at..end, spare[dice.below(spare.len())].iter().copied());
        }
        let kind = ["application/json", "application/x-ndjson"][dice.below(2)];
        // A status of 500 or more fails in `send`.
        let answer = api.admin(post("/activities").body(kind, body)).await;
        assert!([201, 400, 422].contains(&answer.status));
    }
}

#[tokio::test]
async fn any_query_is_answered() {
    on_both(|app| async move {
        let api = Api::of(app).await;
        api.record(&price_change()).await;
        let pieces = [
            "actor:",
            "sara",
            "action:",
            "product.*",
            "category:",
            "products",
            "outcome:failed",
            "ip:",
            "10.0.0.0/8",
            "subject:",
            "product/p_981",
            "order:1042",
            "created:",
            "2026-11-01..",
            "..2026-11-20",
            "7d",
            "has:changes",
            "role:",
            "-",
            ",",
            "*",
            "\"",
            "\\",
            " ",
            " ",
            "%",
            "_",
            "'",
            "قميص",
            "🧵",
            "a",
            "lin",
            "(",
            ")",
            "NEAR",
            "OR",
            "\u{202e}",
            "trace:",
            "id:",
        ];
        let mut dice = Dice(11);
        for _ in 0..250 {
            let q: String = (0..=dice.below(7))
                .map(|_| pieces[dice.below(pieces.len())])
                .collect();
            let q: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
            let call = ["/activities", "/activities/count", "/activities/histogram"][dice.below(3)];
            let answer = api.admin(get(&format!("{call}?q={q}"))).await;
            assert!([200, 400].contains(&answer.status), "{q}");
        }
    })
    .await;
}
