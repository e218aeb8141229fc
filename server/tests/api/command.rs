//! The command line, beside a running server and alone.

use crate::harness::{App, PASSWORD, new_key};
use crate::role_pages::own_role;
use chrono::TimeDelta;
use domain::view::NewKey;
use domain::{Category, CategorySet, Role};
use serde_json::json;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn storetrail(folder: &Path, database_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_storetrail"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STORETRAIL_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(folder)
        .env("STORETRAIL_LISTEN", "127.0.0.1:0")
        .env("STORETRAIL_DATA_DIR", folder)
        .env("STORETRAIL_DATABASE_URL", database_url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a command beside the server, with a line on its standard input.
async fn beside(app: &App, arguments: &[&str], input: &str) -> Output {
    alone(app.folder(), &app.database_url, arguments, input).await
}

/// Runs a command on a folder and a database, with a line on its standard input.
async fn alone(folder: &Path, database_url: &str, arguments: &[&str], input: &str) -> Output {
    let mut command = storetrail(folder, database_url);
    command.args(arguments);
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    })
    .await
    .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
fn refused(output: &Output) -> String {
    assert!(!output.status.success(), "{}", text(&output.stdout));
    assert_eq!(text(&output.stdout), "");
    text(&output.stderr)
}

#[tokio::test]
async fn a_key_made_beside_the_server_works_there_at_once() {
    let app = App::start().await;
    let output = beside(
        &app,
        &["key", "add", "--name", "Shop", "--role", "admin"],
        "",
    )
    .await;
    // The key and nothing else, so that a script can keep it.
    let key = done(&output);
    let key = key.strip_suffix('\n').unwrap();
    assert!(key.starts_with("st_") && key.len() == 51, "{key}");
    let entry = json!({"action": "order.created"});
    app.post("/api/v1/activities")
        .key(key)
        .json(&entry)
        .send()
        .await
        .expect(201);
}

#[tokio::test]
async fn keys_are_listed_with_their_limits_their_end_and_their_last_use() {
    let app = App::start().await;
    let scope = app.scope().await;
    let new = NewKey {
        categories: Some(CategorySet::of(&[Category::Coupons, Category::Orders])),
        networks: vec!["10.0.0.0/8".to_owned(), "127.0.0.1".to_owned()],
        expires_at: Some(app.clock.now() + TimeDelta::days(7)),
        ..new_key("Coupons", Role::Admin)
    };
    let (key, secret) = app.storage.create_key(&scope, new).await.unwrap();
    let list = async || done(&beside(&app, &["key", "list"], "").await);
    let begins = format!("{}  {}…  admin  Coupons  only ", key.id, key.prefix);
    let told = list().await;
    assert!(told.starts_with(&begins), "{told}");
    for part in [
        "coupons",
        "orders",
        "  only from 10.0.0.0/8, 127.0.0.1  never used  ",
    ] {
        assert!(told.contains(part), "{part} is missing in {told}");
    }
    // The command has its own clock.
    assert!(told.contains(" 2026-11-27 09:00 UTC\n"), "{told}");

    app.get("/api/v1/activities")
        .key(&secret)
        .send()
        .await
        .expect(200);
    app.storage.revoke_key(&scope, key.id).await.unwrap();
    let told = list().await;
    let used = "  used 2026-11-20 09:00 UTC from 127.0.0.1  ";
    assert!(told.contains(used), "{told}");
    assert!(told.ends_with("  revoked\n"), "{told}");
}

#[tokio::test]
async fn a_user_made_beside_the_server_signs_in_there() {
    let app = App::start().await;
    let add = [
        "user",
        "add",
        "--email",
        "sara@linen.example",
        "--role",
        "manager",
    ];
    let given = [&add[..], &["--password-stdin"]].concat();
    let named = beside(&app, &given, "sara-linen-1990\n").await;
    refused(&named);
    let output = beside(&app, &given, "linen-and-wool\n").await;
    assert_eq!(done(&output), "");
    let form = [("email", "sara@linen.example"), ("password", PASSWORD)];
    assert_eq!(
        app.post("/sign-in")
            .form(&form)
            .send()
            .await
            .expect_see_other(),
        "/activity"
    );

    // Without a password one is made, and printed once.
    let add = [
        "user",
        "add",
        "--email",
        "omar@linen.example",
        "--role",
        "admin",
    ];
    let password = done(&beside(&app, &add, "").await);
    let form = [
        ("email", "omar@linen.example"),
        ("password", password.trim_end()),
    ];
    assert_eq!(
        app.post("/sign-in")
            .form(&form)
            .send()
            .await
            .expect_see_other(),
        "/activity"
    );

    let list = done(&beside(&app, &["user", "list"], "").await);
    assert!(
        list.contains("sara@linen.example  manager  sara\n"),
        "{list}"
    );
}

#[tokio::test]
async fn roles_are_changed_and_people_blocked() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let email = person.email.as_str();
    done(
        &beside(
            &app,
            &["user", "role", "--email", email, "--role", "auditor"],
            "",
        )
        .await,
    );
    // Whoever got another role signs in anew.
    assert!(app.storage.session(&person.token).await.unwrap().is_none());
    let list = done(&beside(&app, &["user", "list"], "").await);
    assert!(list.contains("auditor"), "{list}");
    done(&beside(&app, &["user", "block", "--email", email], "").await);
    let list = done(&beside(&app, &["user", "list"], "").await);
    assert!(list.contains("blocked"), "{list}");
    done(&beside(&app, &["user", "block", "--undo", "--email", email], "").await);
    let list = done(&beside(&app, &["user", "list"], "").await);
    assert!(!list.contains("blocked"), "{list}");
    // Who has no second factor loses none.
    let told = refused(&beside(&app, &["user", "reset-factor", "--email", email], "").await);
    let expected = format!("{email} has no second factor; nothing was changed");
    assert!(told.contains(&expected), "{told}");
}

#[tokio::test]
async fn own_roles_are_given_by_name_or_id_and_listed_by_name() {
    let app = App::start().await;
    let own = own_role(&app).await.id();
    let key = ["key", "add", "--name", "Till", "--role", "desk"];
    done(&beside(&app, &key, "").await);
    let email = "sara@linen.example";
    let user = ["user", "add", "--email", email, "--role", &own];
    done(&beside(&app, &user, "").await);
    for (what, name) in [("key", "Till"), ("user", "sara")] {
        let told = done(&beside(&app, &[what, "list"], "").await);
        assert!(told.contains(&format!("  Desk  {name}")), "{told}");
        assert!(!told.contains(&own), "{told}");
    }
}

#[tokio::test]
async fn a_second_store_is_added_and_listed() {
    let app = App::start().await;
    let add = |zone| ["store", "add", "--name", "Wool", "--time-zone", zone];
    // The number and nothing else, so that a script can keep it.
    assert_eq!(done(&beside(&app, &add("Europe/Berlin"), "").await), "2\n");
    let list = done(&beside(&app, &["store", "list"], "").await);
    assert_eq!(list, "1  Linen  UTC\n2  Wool  Europe/Berlin\n");
    let users = done(&beside(&app, &["user", "list", "--store", "Wool"], "").await);
    assert_eq!(users, "noor@linen.example  super_admin  Noor\n");
    let told = refused(&beside(&app, &add("Mars/Base"), "").await);
    assert!(told.contains("Asia/Riyadh"), "{told}");
}

#[tokio::test]
async fn what_cannot_be_done_is_said_in_words() {
    let app = App::start().await;
    for (arguments, input, expected) in [
        (
            &["key", "add", "--name", "a", "--role", "boss"][..],
            "",
            "the roles are super_admin, admin",
        ),
        (&["key", "add", "--name", "", "--role", "admin"], "", "name"),
        (
            &[
                "key", "add", "--name", "a", "--role", "admin", "--store", "Silk",
            ],
            "",
            "there is no store `Silk`; there are: Linen (1)",
        ),
        (
            &[
                "user",
                "add",
                "--email",
                "sara@linen.example",
                "--role",
                "staff",
                "--password-stdin",
            ],
            "short\n",
            "at least 10 characters",
        ),
        (
            &["user", "add", "--email", "sara", "--role", "staff"],
            "",
            "email",
        ),
        (
            &[
                "user",
                "role",
                "--email",
                "none@linen.example",
                "--role",
                "staff",
            ],
            "",
            "none@linen.example has no role in Linen",
        ),
        (&["sample", "remove"], "", "there is no sample store"),
    ] {
        let told = refused(&beside(&app, arguments, input).await);
        assert!(told.contains(expected), "{arguments:?}: {told}");
        assert!(!told.contains("panicked"), "{told}");
    }
}

#[tokio::test]
async fn why_the_last_super_admin_stays_is_said_once() {
    let app = App::start().await;
    let noor = ["--email", "noor@linen.example"];
    for arguments in [
        [&["user", "block"][..], &noor].concat(),
        [&["user", "role"][..], &noor, &["--role", "staff"]].concat(),
    ] {
        let told = refused(&beside(&app, &arguments, "").await);
        let why = "a store needs a super admin who can sign in";
        assert_eq!(told.matches(why).count(), 1, "{told}");
    }
}

#[tokio::test]
async fn the_ledger_is_verified_beside_the_server() {
    let app = App::start().await;
    app.key(Role::Admin).await;
    let told = done(&beside(&app, &["verify"], "").await);
    assert!(told.contains("entries  3\n"), "{told}");
    assert!(told.contains("verified: every leaf"), "{told}");
}

#[tokio::test]
async fn settings_are_shown_with_their_source_and_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("storetrail.toml"),
        "log_format = \"json\"",
    )
    .unwrap();
    let output = storetrail(folder.path(), "postgres://shop:geheim@127.0.0.1:1/shop")
        .arg("config")
        .output()
        .unwrap();
    let told = done(&output);
    for expected in [
        "postgres://shop:(hidden)@127.0.0.1:1/shop",
        "STORETRAIL_LISTEN in the environment",
        "json",
        "storetrail.toml",
        "default",
    ] {
        assert!(told.contains(expected), "{expected} is missing in\n{told}");
    }
    assert!(!told.contains("geheim"), "{told}");
}

#[tokio::test]
async fn a_wrong_setting_stops_it_before_anything_happens() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("storetrail.toml"), "colour = \"red\"").unwrap();
    let url = format!("sqlite://{}/new.db", folder.path().display());
    let told = refused(
        &storetrail(folder.path(), &url)
            .arg("migrate")
            .output()
            .unwrap(),
    );
    assert!(
        told.starts_with("storetrail: storetrail.toml: `colour` is not a setting"),
        "{told}"
    );
    assert!(!folder.path().join("new.db").exists());
}

#[tokio::test]
async fn the_first_start_prints_address_and_link_and_a_signal_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/new.db", folder.path().display());
    tokio::task::spawn_blocking(move || {
        let mut server = storetrail(folder.path(), &url).spawn().unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let listening = lines.next().unwrap().unwrap();
        let address = listening
            .strip_prefix("listening on http://127.0.0.1:")
            .unwrap();
        assert_ne!(address, "0");
        let link = lines.next().unwrap().unwrap();
        let expected = format!("at http://127.0.0.1:{address}/setup?token=");
        assert!(link.contains(&expected), "{link}");
        Command::new("kill")
            .arg(server.id().to_string())
            .status()
            .unwrap();
        assert!(server.wait().unwrap().success());
    })
    .await
    .unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn what_it_writes_is_nobodys_but_its_users() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let url = format!("sqlite://{}/new.db", data.display());
    tokio::task::spawn_blocking(move || {
        let mut server = storetrail(folder.path(), &url)
            .env("STORETRAIL_DATA_DIR", &data)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        lines.next().unwrap().unwrap();
        let mut told = Vec::new();
        let mut paths = vec![data.clone()];
        while let Some(path) = paths.pop() {
            // What SQLite keeps beside a database comes and goes.
            let Ok(about) = std::fs::metadata(&path) else {
                continue;
            };
            if about.is_dir() {
                let inside = std::fs::read_dir(&path).unwrap();
                paths.extend(inside.map(|entry| entry.unwrap().path()));
            }
            told.push((path, about.permissions().mode() & 0o777));
        }
        server.kill().unwrap();
        server.wait().unwrap();
        assert_eq!(told[0], (data.clone(), 0o700));
        for name in ["new.db", "new.db-wal", "new.db-shm"] {
            assert!(told.contains(&(data.join(name), 0o600)), "{told:?}");
        }
        assert!(told.iter().all(|(_, mode)| mode & 0o077 == 0), "{told:?}");
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_variable_that_is_no_setting_is_warned_of_at_the_start_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/new.db", folder.path().display());
    tokio::task::spawn_blocking(move || {
        let mut server = storetrail(folder.path(), &url)
            .env("STORETRAIL_SMPT_URL", "smtp://127.0.0.1:1")
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let listening = lines.next().unwrap().unwrap();
        assert!(listening.starts_with("listening on"), "{listening}");
        Command::new("kill")
            .arg(server.id().to_string())
            .status()
            .unwrap();
        let ended = server.wait_with_output().unwrap();
        let told = text(&ended.stderr);
        assert!(ended.status.success(), "{told}");
        let warned: Vec<_> = told
            .lines()
            .filter(|line| line.contains("SMPT_URL"))
            .collect();
        let expected = "STORETRAIL_SMPT_URL is in the environment but is not a setting; \
                        is STORETRAIL_SMTP_URL meant?";
        assert!(
            matches!(&warned[..], [line] if line.contains("WARN") && line.ends_with(expected)),
            "{told}"
        );
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_script_can_begin_with_a_user_and_a_key_on_an_empty_database() {
    let app = App::start_empty(&[]).await;
    let add = [
        "user",
        "add",
        "--email",
        "noor@linen.example",
        "--role",
        "super_admin",
        "--password-stdin",
    ];
    done(&beside(&app, &add, "linen-and-wool\n").await);
    let key = beside(
        &app,
        &["key", "add", "--name", "Shop", "--role", "admin"],
        "",
    )
    .await;
    let entry = json!({"action": "order.created"});
    app.post("/api/v1/activities")
        .key(done(&key).trim_end())
        .json(&entry)
        .send()
        .await
        .expect(201);
    let form = [("email", "noor@linen.example"), ("password", PASSWORD)];
    let signed_in = app.post("/sign-in").form(&form).send().await;
    assert_eq!(signed_in.expect_see_other(), "/activity");
}

/// A folder with a database that holds one person, and a backup of it.
async fn backed_up() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/store.db", folder.path().display());
    let add = [
        "user",
        "add",
        "--email",
        "noor@linen.example",
        "--role",
        "super_admin",
        "--password-stdin",
    ];
    done(&alone(folder.path(), &url, &add, "linen-and-wool\n").await);
    done(&alone(folder.path(), &url, &["backup", "kept.db"], "").await);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let kept = std::fs::metadata(folder.path().join("kept.db")).unwrap();
        assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    }
    (folder, url)
}

async fn execute(file: &Path, text: &'static str) {
    let options = SqliteConnectOptions::new().filename(file);
    let mut on = options.connect().await.unwrap();
    sqlx::query(text).execute(&mut on).await.unwrap();
    sqlx::Connection::close(on).await.unwrap();
}

#[track_caller]
fn assert_nothing_half_done(folder: &Path) {
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name();
        assert!(!name.to_string_lossy().contains("restoring"), "{name:?}");
    }
}

#[tokio::test]
async fn a_backup_is_restored_over_a_database_that_cannot_be_opened() {
    let (folder, url) = backed_up().await;
    let (folder, database) = (folder.path(), folder.path().join("store.db"));
    // Of a Storetrail that is newer than this one.
    execute(
        &database,
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99_of_tomorrow', 0)",
    )
    .await;
    refused(&alone(folder, &url, &["verify"], "").await);
    done(&alone(folder, &url, &["restore", "kept.db"], "").await);
    done(&alone(folder, &url, &["verify"], "").await);
    // No database at all any more.
    std::fs::write(&database, "this was a database once ".repeat(1_000)).unwrap();
    refused(&alone(folder, &url, &["verify"], "").await);
    done(&alone(folder, &url, &["restore", "kept.db"], "").await);
    done(&alone(folder, &url, &["verify"], "").await);
    assert_nothing_half_done(folder);
}

#[tokio::test]
async fn a_backup_that_was_changed_is_not_restored() {
    let (folder, url) = backed_up().await;
    let folder = folder.path();
    let changed = "UPDATE payload SET body = replace(body, 'noor', 'lina') WHERE seq = (SELECT MIN(seq) FROM payload \
                   WHERE body LIKE '%noor%')";
    execute(&folder.join("kept.db"), changed).await;
    let told = alone(folder, &url, &["restore", "kept.db"], "").await;
    assert!(!told.status.success(), "{}", text(&told.stdout));
    assert!(
        text(&told.stdout).contains("its content was changed"),
        "{}",
        text(&told.stdout)
    );
    assert!(
        text(&told.stderr).contains("nothing was changed"),
        "{}",
        text(&told.stderr)
    );
    std::fs::write(folder.join("other.txt"), "a shopping list").unwrap();
    refused(&alone(folder, &url, &["restore", "other.txt"], "").await);
    done(&alone(folder, &url, &["verify"], "").await);
    assert_nothing_half_done(folder);
}
