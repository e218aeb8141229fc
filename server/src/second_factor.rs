//! The codes of an authenticator app (TOTP, RFC 6238).
//!
//! SHA-1, six digits, thirty seconds: what every app reads, whatever else an `otpauth:` address asks for. One step
//! before and after the present one is taken (RFC 6238 5.2); each step is taken once, which storage sees to.

use app::account::TotpSetup;
use qrcode::render::svg::Color;
use qrcode::{EcLevel, QrCode};
use storage::Entropy;
use totp_rs::{Algorithm, Builder, Totp};

/// How many bytes a secret has: as many as the hash gives (RFC 4226 4, R6).
pub const SECRET_BYTES: usize = 20;
/// The digits of a code.
const DIGITS: usize = 6;

/// A new secret.
pub fn new_secret(entropy: &Entropy) -> [u8; SECRET_BYTES] {
    entropy.bytes()
}

/// The step of which `code` is the code, near `now` (Unix time in seconds). Spaces in it don't matter.
pub fn step_of(secret: &[u8], code: &str, now: i64) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() != DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let step = totp(secret, "", "").check(&code, u64::try_from(now).ok()?)?;
    i64::try_from(step).ok()
}

/// What a person needs to set up their app: the secret in groups of four, the address and its picture.
pub fn setup(secret: &[u8], account: &str, issuer: &str) -> TotpSetup {
    let totp = totp(secret, account, issuer);
    let uri = totp
        .to_url()
        .expect("an account's name is set and holds no colon");
    let base32 = totp.secret().to_base32();
    let groups: Vec<_> = base32
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    TotpSetup {
        secret: groups.join(" "),
        qr_svg: picture(&uri),
        uri,
    }
}

fn totp(secret: &[u8], account: &str, issuer: &str) -> Totp {
    // A colon parts issuer and account; an empty account can't be built.
    let plain = |text: &str| {
        text.replace(':', " ")
            .trim()
            .chars()
            .take(80)
            .collect::<String>()
    };
    let issuer = Some(plain(issuer)).filter(|issuer| !issuer.is_empty());
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret.to_vec())
        .with_account_name(plain(account))
        .with_issuer(issuer)
        .build_noncompliant()
}

/// The address as a QR code, dark on light whatever the theme: cameras read nothing else reliably.
fn picture(uri: &str) -> String {
    let code = QrCode::with_error_correction_level(uri, EcLevel::M)
        .expect("an address of a few hundred characters fits into a QR code");
    let svg = code
        .render::<Color<'_>>()
        .module_dimensions(1, 1)
        .quiet_zone(true)
        .dark_color(Color("#000"))
        .light_color(Color("#fff"))
        .build();
    // Without the XML declaration, which HTML doesn't know.
    svg.split_once("?>")
        .map_or(svg.as_str(), |(_, svg)| svg)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of the eight digits.
    const SECRET: &[u8] = b"12345678901234567890";
    const VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    #[test]
    fn the_vectors_of_rfc_6238_are_taken() {
        for (now, code) in VECTORS {
            assert_eq!(step_of(SECRET, code, now), Some(now / 30), "{now}");
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_no_more() {
        let (now, code) = VECTORS[3];
        for (late, is_taken) in [
            (-60, false),
            (-30, true),
            (0, true),
            (30, true),
            (60, false),
        ] {
            let step = step_of(SECRET, code, now + late);
            assert_eq!(step, is_taken.then_some(now / 30), "{late}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let now = VECTORS[3].0;
        assert!(step_of(SECRET, " 005 924 ", now).is_some());
        for wrong in [
            "",
            "5924",
            "0059240",
            "٠٠٥٩٢٤",
            "00592a",
            "005925",
            "-05924",
        ] {
            assert_eq!(step_of(SECRET, wrong, now), None, "{wrong}");
        }
        assert_eq!(step_of(SECRET, "005924", -1), None);
    }

    #[test]
    fn the_setup_holds_what_apps_read() {
        let setup = setup(SECRET, "sara@linen.example", "Linen: Wool");
        assert_eq!(setup.secret, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert!(
            setup
                .uri
                .starts_with("otpauth://totp/Linen%20%20Wool:sara%40linen.example?"),
            "{}",
            setup.uri
        );
        assert!(
            setup
                .uri
                .contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        );
        assert!(setup.qr_svg.starts_with("<svg"), "{}", setup.qr_svg);
        assert!(setup.qr_svg.ends_with("</svg>"));
    }
}
