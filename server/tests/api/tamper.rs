//! Random tampering directly in the database: `storetrail verify` and docs/verify.py find all of it given an earlier
//! checkpoint, and raise no alarm when nothing was touched.

use domain::ActivityInput;
use domain::ledger::{Entry, Frontier, Hash, payload_digest};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use server::config::Config;
use server::ledger::{NoteSigner, verify_note};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use storage::record::Record;
use storage::{Ambient, NewStore, Scope, Storage};

/// 2,000 tamperings and 200 untouched runs in `cargo xtask soak`, a twentieth of them else.
fn share() -> usize {
    let trials = std::env::var("STORETRAIL_TRIALS").ok();
    trials.and_then(|trials| trials.parse().ok()).unwrap_or(1)
}

const ENTRIES: usize = 300;
/// The checkpoint covers less than all of it: so does the alarm.
const SIGNED: usize = 270;

struct Trial {
    folder: tempfile::TempDir,
    base: PathBuf,
    /// As it was before the checkpoint.
    old: PathBuf,
    note: PathBuf,
    key: String,
    signed: (u64, Hash),
}

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

async fn record(storage: &Storage, scope: &Scope, from: usize, to: usize) {
    let now = storage.ambient().clock.now();
    let records = (from..to).map(|n| {
        let sent = json!({
            "action": "product.updated", "subject": {"type": "product", "id": format!("p_{n}"), "name": "Linen shirt"},
            "changes": [{"field": "price", "before": n, "after": n + 1}],
        });
        let mut read = ActivityInput::read(&sent, now, &scope.actor()).unwrap();
        Record::Activity(read.remove(0))
    });
    let recorder = storage.recorder();
    recorder
        .record(scope, records.collect(), None)
        .await
        .unwrap();
}

async fn open(path: &Path) -> Storage {
    Storage::open(&url(path), Ambient::system()).await.unwrap()
}

/// A ledger, an old copy of it, and a checkpoint in between.
async fn prepare() -> Trial {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (base, old, note) = (at("base.db"), at("old.db"), at("note.txt"));
    let storage = open(&base).await;
    let store = storage
        .create_store(NewStore {
            name: "Linen".to_owned(),
            domain: String::new(),
            time_zone: "UTC".to_owned(),
            is_sample: false,
        })
        .await
        .unwrap();
    let scope = Scope::system("test", store);
    record(&storage, &scope, 0, 100).await;
    storage.close().await.unwrap();
    std::fs::copy(&base, &old).unwrap();
    let storage = open(&base).await;
    record(&storage, &scope, 100, SIGNED).await;
    let signed = storage.ledger_head().await.unwrap();
    record(&storage, &scope, SIGNED, ENTRIES).await;
    storage.close().await.unwrap();
    let data_dir = folder.path().display().to_string();
    let environment = BTreeMap::from([("STORETRAIL_DATA_DIR".to_owned(), data_dir)]);
    let (config, _) = Config::from_sources(Path::new("missing.toml"), environment).unwrap();
    let signer = NoteSigner::open(&config, &Ambient::system().entropy).unwrap();
    let text = signer.sign(signed.0, signed.1);
    let key = signer.verifier_key();
    assert_eq!(verify_note(&text, &key).unwrap().size, signed.0);
    std::fs::write(&note, text).unwrap();
    Trial {
        folder,
        base,
        old,
        note,
        key,
        signed,
    }
}

/// What the two verifiers said: nothing, or what is wrong.
struct Said {
    ours: Option<String>,
    first_wrong: Option<u64>,
    python: Option<String>,
}

impl Trial {
    /// Under a name of its own: what SQLite leaves beside one belongs to no other.
    fn copy(&self, number: usize) -> PathBuf {
        let path = self.folder.path().join(format!("trial-{number}.db"));
        std::fs::copy(&self.base, &path).unwrap();
        path
    }

    async fn verify(&self, path: &Path) -> Said {
        let storage = open(path).await;
        let report = storage.verify_against(&[self.signed]).await;
        storage.close().await.unwrap();
        let python = Command::new("python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/verify.py"))
            .arg(path)
            .arg("--checkpoint")
            .arg(&self.note)
            .args(["--key", &self.key])
            .output()
            .expect("python3 is installed");
        let words = String::from_utf8(python.stderr).unwrap();
        if !python.status.success() {
            assert!(words.starts_with("not verified: "), "{words}");
        }
        let (ours, first_wrong) = match report {
            Ok(report) => (
                (!report.faults.is_empty()).then(|| report.faults.join("; ")),
                report.first_wrong,
            ),
            Err(error) => (Some(error.to_string()), None),
        };
        Said {
            ours,
            first_wrong,
            python: (!python.status.success()).then_some(words),
        }
    }
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.connect().await.unwrap()
}

async fn run(on: &mut SqliteConnection, text: &'static str, numbers: &[i64], bytes: &[&[u8]]) {
    let mut query = sqlx::query(text);
    for bytes in bytes {
        query = query.bind(bytes.to_vec());
    }
    for number in numbers {
        query = query.bind(*number);
    }
    let done = query.execute(on).await.unwrap();
    assert!(done.rows_affected() > 0, "{text}");
}

/// Makes payload digests, leaves, nodes and head agree with what stands there: what an intruder would do who knows
/// all of this, but has not the key.
async fn cover_up(on: &mut SqliteConnection) {
    let text = "SELECT l.seq, l.kind, l.record_id, l.recorded_at, p.salt, p.body FROM ledger l JOIN payload p ON p.seq = l.seq ORDER BY l.seq";
    let rows = sqlx::query(text).fetch_all(&mut *on).await.unwrap();
    sqlx::query("DELETE FROM ledger_node")
        .execute(&mut *on)
        .await
        .unwrap();
    let mut frontier = Frontier::default();
    for row in rows {
        let salt: [u8; 32] = row.get::<Vec<u8>, _>(4).try_into().unwrap();
        let entry = Entry {
            seq: row.get(0),
            kind: row.get(1),
            record_id: uuid::Uuid::from_slice(&row.get::<Vec<u8>, _>(2))
                .unwrap()
                .to_string(),
            recorded_at: row.get(3),
            payload_digest: payload_digest(&salt, row.get(5)),
        };
        let (digest, leaf) = (entry.payload_digest.0, entry.leaf().0);
        let text = "UPDATE ledger SET payload_digest = ?, leaf = ? WHERE seq = ?";
        run(on, text, &[entry.seq], &[&digest, &leaf]).await;
        for (subtree, hash) in frontier.push(entry.leaf()) {
            if subtree.level == 8 {
                let text = "INSERT INTO ledger_node (hash, level, place) VALUES (?, ?, ?)";
                run(on, text, &[8, subtree.index.cast_signed()], &[&hash.0]).await;
            }
        }
    }
    let roots: Vec<u8> = frontier.roots().iter().flat_map(|hash| hash.0).collect();
    let text = "UPDATE ledger_head SET frontier = ?, root = ?, size = ? WHERE id = 1";
    let size = frontier.size().cast_signed();
    run(on, text, &[size], &[&roots, &frontier.root().0]).await;
}

/// Tampers in one of many ways; says how, and which entry is then the first that is wrong where that is certain.
async fn tamper(trial: &Trial, path: &Path, dice: &mut StdRng) -> (String, Option<i64>) {
    let kind = dice.random_range(0..15);
    if kind == 14 {
        std::fs::copy(&trial.old, path).unwrap();
        return ("an old copy was restored".to_owned(), None);
    }
    let mut on = connect(path).await;
    let on = &mut on;
    let last = trial.signed.0.cast_signed();
    // The first entries are about the store; all of them are covered by the checkpoint.
    let at = dice.random_range(3..=last);
    let other = (at - 3 + dice.random_range(1..last - 2)) % (last - 2) + 3;
    let hash: [u8; 32] = dice.random();
    let id: [u8; 16] = dice.random();
    let edit = "UPDATE payload SET body = replace(body, 'Linen', 'Woolen') WHERE seq = ?";
    match kind {
        0 => run(on, edit, &[at], &[]).await,
        1 => {
            run(
                on,
                "UPDATE payload SET salt = ? WHERE seq = ?",
                &[at],
                &[&hash],
            )
            .await
        }
        2 => {
            run(
                on,
                "UPDATE ledger SET recorded_at = recorded_at + 1 WHERE seq = ?",
                &[at],
                &[],
            )
            .await
        }
        3 => {
            run(
                on,
                "UPDATE ledger SET kind = 'customer' WHERE seq = ?",
                &[at],
                &[],
            )
            .await
        }
        4 => {
            run(
                on,
                "UPDATE ledger SET record_id = ? WHERE seq = ?",
                &[at],
                &[&id],
            )
            .await
        }
        5 => {
            run(
                on,
                "UPDATE ledger SET payload_digest = ? WHERE seq = ?",
                &[at],
                &[&hash],
            )
            .await
        }
        6 => {
            run(
                on,
                "UPDATE ledger SET leaf = ? WHERE seq = ?",
                &[at],
                &[&hash],
            )
            .await
        }
        7 => run(on, "DELETE FROM payload WHERE seq = ?", &[at], &[]).await,
        8 => run(on, "DELETE FROM ledger WHERE seq = ?", &[at], &[]).await,
        9 => {
            run(on, edit, &[at], &[]).await;
            cover_up(on).await;
            return (format!("entry {at} was rewritten, and all after it"), None);
        }
        10 => {
            swap(on, at, other).await;
            return (
                format!("entries {at} and {other} were swapped"),
                Some(at.min(other)),
            );
        }
        11 => {
            swap(on, at, other).await;
            cover_up(on).await;
            return (
                format!("entries {at} and {other} were swapped, and all rewritten"),
                None,
            );
        }
        12 => {
            for text in [
                "DELETE FROM ledger WHERE seq >= ?",
                "DELETE FROM payload WHERE seq >= ?",
            ] {
                run(on, text, &[at], &[]).await;
            }
            cover_up(on).await;
            return (format!("the end from {at} on was cut off"), None);
        }
        _ => {
            run(
                on,
                "UPDATE ledger_head SET root = ? WHERE id = 1",
                &[],
                &[&hash],
            )
            .await;
            return ("the head's root was changed".to_owned(), None);
        }
    }
    (format!("kind {kind} at entry {at}"), Some(at))
}

/// Swaps what two numbers hold.
async fn swap(on: &mut SqliteConnection, one: i64, other: i64) {
    for text in [
        "UPDATE ledger SET seq = -seq WHERE seq IN (?, ?)",
        "UPDATE payload SET seq = -seq WHERE seq IN (?, ?)",
    ] {
        run(on, text, &[one, other], &[]).await;
    }
    for text in [
        "UPDATE ledger SET seq = ? WHERE seq = -?",
        "UPDATE payload SET seq = ? WHERE seq = -?",
    ] {
        run(on, text, &[one, other], &[]).await;
        run(on, text, &[other, one], &[]).await;
    }
}

/// What a verifier answers where the ledger's key is not at hand: whether it was content, and its words.
fn asked(command: &mut Command) -> (bool, String) {
    let output = command.output().expect("it runs");
    let words = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(words).unwrap())
}

#[tokio::test]
async fn a_checkpoint_is_believed_only_with_the_key_that_signed_it() {
    let trial = prepare().await;
    // As after a restore: the database, and no key beside it.
    let away = tempfile::tempdir().unwrap();
    let ledger = away.path().join("restored.db");
    std::fs::copy(&trial.base, &ledger).unwrap();
    let note = std::fs::read_to_string(&trial.note).unwrap();
    let (body, last) = note.trim_end().split_at(note.trim_end().len() - 8);
    let other = if last.starts_with('A') { 'B' } else { 'A' };
    let forged = away.path().join("forged.txt");
    std::fs::write(&forged, format!("{body}{other}{}\n", &last[1..])).unwrap();
    let ours = |checkpoint: &Path, key: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_storetrail"));
        command
            .current_dir(away.path())
            .env("STORETRAIL_DATA_DIR", away.path())
            .env("STORETRAIL_DATABASE_URL", url(&ledger))
            .args(["verify", "--checkpoint"])
            .arg(checkpoint)
            .args(key);
        asked(&mut command)
    };
    let python = |checkpoint: &Path, key: &[&str]| {
        let mut command = Command::new("python3");
        command
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/verify.py"))
            .arg(&ledger)
            .arg("--checkpoint")
            .arg(checkpoint)
            .args(key);
        asked(&mut command)
    };
    let key = ["--key", trial.key.as_str()];
    for verify in [&ours as &dyn Fn(&Path, &[&str]) -> (bool, String), &python] {
        let (is_content, words) = verify(&trial.note, &key);
        assert!(is_content, "{words}");
        let (is_content, words) = verify(&forged, &key);
        assert!(!is_content && words.contains("signature"), "{words}");
        for checkpoint in [&trial.note, &forged] {
            let (is_content, words) = verify(checkpoint, &[]);
            assert!(!is_content && words.contains("--key"), "{words}");
        }
    }
}

#[tokio::test]
async fn every_tampering_is_found_by_both_verifiers() {
    let trial = prepare().await;
    let mut dice = StdRng::seed_from_u64(20_261_120);
    for number in 0..100 * share() {
        let path = trial.copy(number);
        let (how, first) = tamper(&trial, &path, &mut dice).await;
        let said = trial.verify(&path).await;
        assert!(
            said.ours.is_some(),
            "{number}: {how}: `verify` found nothing"
        );
        let python = said
            .python
            .unwrap_or_else(|| panic!("{number}: {how}: verify.py found nothing"));
        if let Some(first) = first {
            assert_eq!(
                said.first_wrong,
                Some(first.unsigned_abs()),
                "{number}: {how}: {:?}",
                said.ours
            );
            assert!(
                python.contains(&format!("entry {first}")),
                "{number}: {how}: {python}"
            );
        }
    }
}

#[tokio::test]
async fn what_was_not_touched_raises_no_alarm() {
    let trial = prepare().await;
    for number in 0..10 * share() {
        let path = trial.copy(number);
        let mut on = connect(&path).await;
        // The copy is another file each time, as after a backup.
        sqlx::query("VACUUM").execute(&mut on).await.unwrap();
        drop(on);
        let said = trial.verify(&path).await;
        assert_eq!((said.ours, said.python), (None, None), "{number}");
    }
}
