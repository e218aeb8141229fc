use super::*;
use secrecy::ExposeSecret as _;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn faults(text: &str, pairs: &[(&str, &str)]) -> String {
    let file = file(text);
    let error = Config::from_sources(file.path(), environment(pairs)).unwrap_err();
    error
        .to_string()
        .replace(&file.path().display().to_string(), "storetrail.toml")
}

#[test]
fn without_file_and_environment_the_defaults_hold() {
    let (config, layers) =
        Config::from_sources(Path::new("missing.toml"), environment(&[])).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(
        config.database_url.expose_secret(),
        "sqlite://storetrail-data/storetrail.db"
    );
    assert_eq!(layers.source("listen"), Source::Default);
    assert_eq!(layers.source("public_url"), Source::Unset);
    assert!(!config.has_mail, "nobody has set a mail server");
}

#[test]
fn the_environment_stands_over_the_file_and_the_file_over_the_defaults() {
    let file = file("listen = \"127.0.0.1:4000\"\ndata_dir = \"/srv/trail\"");
    let (config, layers) = Config::from_sources(
        file.path(),
        environment(&[("STORETRAIL_LISTEN", "127.0.0.1:0"), ("STORETRAIL_LOG", "")]),
    )
    .unwrap();
    assert_eq!(config.listen.port(), 0);
    assert_eq!(
        layers.source("listen"),
        Source::Environment("STORETRAIL_LISTEN".to_owned())
    );
    assert_eq!(
        layers.source("data_dir"),
        Source::File(file.path().to_owned())
    );
    assert_eq!(
        config.database_url.expose_secret(),
        "sqlite:///srv/trail/storetrail.db"
    );
    assert_eq!(layers.source("database_url"), Source::Follows("data_dir"));
    assert_eq!(layers.source("log"), Source::Default);
    let mail = ("STORETRAIL_SMTP_URL", "smtp://mail.example");
    let (config, _) = Config::from_sources(file.path(), environment(&[mail])).unwrap();
    assert!(config.has_mail);
}

#[test]
fn each_wrong_setting_is_named_with_its_source() {
    insta::assert_snapshot!(
        faults(
            "listen = \"here\"\npublic_url = \"https://a.example/path\"\nlog_format = 3\ncolour = \"red\"",
            &[
                ("STORETRAIL_TRUSTED_PROXY", "10.0.0.2, proxy"),
                ("STORETRAIL_DATABASE_URL", "mysql://shop:geheim@db/shop"),
                ("STORETRAIL_SMTP_URL", "http://mail"),
            ],
        ),
        @r"
    storetrail.toml: `colour` is not a setting; known are listen, public_url, trusted_proxy, data_dir, database_url, secret_key_file, ledger_key_file, checkpoint_url, checkpoint_folder, smtp_url, twilio_base_url, twilio_account_sid, twilio_auth_token, twilio_sms_from, twilio_whatsapp_from, mail_from, mail_domain, mail_retry, mail_hook_secret, track_types, webhook_secret, webhook_networks, bridge_url, openid_file, geoip_file, send_per_second, calls_per_second, connections, connections_per_address, head_seconds, log, log_format
    storetrail.toml: `log_format` must be a text in quotes, this is a number
    listen `here` (storetrail.toml): an address and a port are expected, such as 127.0.0.1:3000
    public_url `https://a.example/path` (storetrail.toml): http:// or https:// and a host without a path are expected, such as https://trail.example
    trusted_proxy `10.0.0.2, proxy` (STORETRAIL_TRUSTED_PROXY in the environment): addresses or networks are expected, divided by commas, such as 10.0.0.2, fd00::/8
    smtp_url `http://mail` (STORETRAIL_SMTP_URL in the environment): an address is expected that begins with smtp:// or smtps://
    database_url `mysql://shop:(hidden)@db/shop` (STORETRAIL_DATABASE_URL in the environment): sqlite:// and a path, or postgres:// and a server are expected, such as sqlite://storetrail-data/storetrail.db
    "
    );
}

#[test]
fn a_file_that_is_not_toml_is_refused_with_its_line() {
    let faults = faults("listen = \"127.0.0.1:1\"\nlisten listen", &[]);
    assert!(
        faults.starts_with("storetrail.toml, line 2, is not TOML"),
        "{faults}"
    );
}

#[test]
fn secrets_are_shown_nowhere() {
    let (config, layers) = Config::from_sources(
        Path::new("missing.toml"),
        environment(&[
            (
                "STORETRAIL_DATABASE_URL",
                "postgres://shop:ge@heim@db:5432/shop",
            ),
            ("STORETRAIL_SMTP_URL", "smtps://post:geheim@mail"),
            ("STORETRAIL_TWILIO_AUTH_TOKEN", "geheim"),
            (
                "STORETRAIL_WEBHOOK_SECRET",
                "whsec_geheimgeheimgeheimgeheimgeheimgeheim",
            ),
        ]),
    )
    .unwrap();
    let shown: Vec<_> = SETTINGS
        .iter()
        .map(|setting| layers.shown(setting))
        .collect();
    assert!(
        shown.contains(&"postgres://shop:(hidden)@db:5432/shop".to_owned()),
        "{shown:?}"
    );
    let everything = format!("{shown:?}{config:?}");
    assert!(!everything.contains("heim"), "{everything}");
}

#[test]
fn a_token_in_an_address_is_shown_nowhere() {
    let (_, layers) = Config::from_sources(
        Path::new("missing.toml"),
        environment(&[
            (
                "STORETRAIL_BRIDGE_URL",
                "https://shop.example/x?token=geheim",
            ),
            ("STORETRAIL_SMTP_URL", "smtp://mail:25?timeout=5"),
        ]),
    )
    .unwrap();
    let shown: Vec<_> = SETTINGS
        .iter()
        .map(|setting| layers.shown(setting))
        .collect();
    for expected in [
        "https://shop.example/x?(hidden)",
        "smtp://mail:25?timeout=5",
    ] {
        assert!(shown.contains(&expected.to_owned()), "{shown:?}");
    }
}

#[test]
fn a_variable_that_is_no_setting_is_told() {
    let (_, layers) = Config::from_sources(
        Path::new("missing.toml"),
        environment(&[
            ("STORETRAIL_LISTN", "x"),
            ("STORETRAIL_GARDEN", "x"),
            ("PATH", "y"),
        ]),
    )
    .unwrap();
    let told: Vec<_> = layers.strays().iter().map(Stray::to_string).collect();
    assert_eq!(
        told,
        [
            "STORETRAIL_GARDEN is in the environment but is not a setting",
            "STORETRAIL_LISTN is in the environment but is not a setting; is STORETRAIL_LISTEN meant?",
        ]
    );
}

#[test]
fn the_public_address_is_kept_as_a_browser_writes_an_origin() {
    for (given, kept) in [
        ("https://Trail.example/", "https://trail.example"),
        ("https://trail.example:443", "https://trail.example"),
        ("http://10.0.0.2:8080", "http://10.0.0.2:8080"),
    ] {
        let environment = environment(&[("STORETRAIL_PUBLIC_URL", given)]);
        let (config, _) = Config::from_sources(Path::new("missing.toml"), environment).unwrap();
        assert_eq!(config.public_url.as_deref(), Some(kept));
    }
}
