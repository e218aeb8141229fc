//! Whether a call comes from Twilio: `X-Twilio-Signature`
//! (<https://www.twilio.com/docs/usage/security#validating-requests>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The header that carries it.
pub const HEADER: &str = "x-twilio-signature";

/// What was called, as far as it is signed.
#[derive(Debug, Clone, Copy)]
pub enum Signed<'a> {
    /// A form: its names and values.
    Form(&'a [(String, String)]),
    /// Any other body: its bytes, whose SHA-256 stands in the query as `bodySHA256`.
    Body(&'a [u8]),
}

/// Whether `signature` is Twilio's for a call of `url` (as Twilio knows it, with its query), tried with and without
/// the port. Takes as long for a wrong signature as for a right one.
pub fn is_valid(auth_token: &str, url: &str, signed: Signed<'_>, signature: &str) -> bool {
    let params: &[(String, String)] = match signed {
        Signed::Form(params) => params,
        Signed::Body(_) => &[],
    };
    let is_body_right = match signed {
        Signed::Form(_) => true,
        Signed::Body(bytes) => body_digest(url).is_some_and(|digest| {
            let actual: String = Sha256::digest(bytes)
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect();
            bool::from(
                actual
                    .as_bytes()
                    .ct_eq(digest.to_ascii_lowercase().as_bytes()),
            )
        }),
    };
    let is_signed = [with_port(url), without_port(url)]
        .iter()
        .fold(false, |found, url| {
            let expected = sign(auth_token, url, params);
            found | bool::from(expected.as_bytes().ct_eq(signature.as_bytes()))
        });
    is_body_right & is_signed
}

/// The signature of a call: base64 of HMAC-SHA1 over the URL and each different name and value, in order.
pub fn sign(auth_token: &str, url: &str, params: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = params.iter().collect();
    sorted.sort();
    sorted.dedup();
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(url.as_bytes());
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

fn body_digest(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| name == "bodySHA256")
        .map(|(_, value)| value.into_owned())
}

/// Scheme, host, port and the rest of an address.
fn parts(url: &str) -> Option<(&str, &str, Option<&str>, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    // The port stands after the last colon outside an IPv6 address' brackets.
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
            Some((scheme, host, Some(port), path))
        }
        _ => Some((scheme, authority, None, path)),
    }
}

fn with_port(url: &str) -> String {
    match parts(url) {
        Some((scheme, host, None, path)) => {
            let port = if scheme == "https" { 443 } else { 80 };
            format!("{scheme}://{host}:{port}{path}")
        }
        _ => url.to_owned(),
    }
}

fn without_port(url: &str) -> String {
    match parts(url) {
        Some((scheme, host, Some(_), path)) => format!("{scheme}://{host}{path}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// The example of Twilio's documentation and of its own packages' tests.
    #[test]
    fn twilios_own_example_is_valid() {
        let params = form(&[
            ("CallSid", "CA1234567890ABCDE"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
        ]);
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
        assert_eq!(sign("12345", url, &params), signature);
        assert!(is_valid("12345", url, Signed::Form(&params), signature));
        let mut doubled = params.clone();
        doubled.push(params[0].clone());
        assert!(is_valid("12345", url, Signed::Form(&doubled), signature));
        assert!(!is_valid("12346", url, Signed::Form(&params), signature));
        assert!(!is_valid(
            "12345",
            url,
            Signed::Form(&params[1..]),
            signature
        ));
        assert!(!is_valid("12345", url, Signed::Form(&params), ""));
    }

    #[test]
    fn the_port_may_be_named_or_not() {
        let params = form(&[("a", "b")]);
        for (signed, called) in [
            (
                "https://trail.example/hooks",
                "https://trail.example:443/hooks",
            ),
            (
                "https://trail.example:443/hooks",
                "https://trail.example/hooks",
            ),
            ("http://[::1]:80/hooks?x=1:2", "http://[::1]/hooks?x=1:2"),
            ("http://a.example", "http://a.example:8080"),
        ] {
            let signature = sign("key", signed, &params);
            assert!(
                is_valid("key", called, Signed::Form(&params), &signature),
                "{called}"
            );
        }
    }

    #[test]
    fn a_json_body_is_signed_by_its_digest() {
        let body = br#"{"property": "value"}"#;
        let digest: String = Sha256::digest(body)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let url = format!("https://trail.example/hooks?bodySHA256={digest}");
        let signature = sign("key", &url, &[]);
        assert!(is_valid("key", &url, Signed::Body(body), &signature));
        assert!(!is_valid("key", &url, Signed::Body(b"{}"), &signature));
        let without = "https://trail.example/hooks";
        let signature = sign("key", without, &[]);
        assert!(!is_valid("key", without, Signed::Body(body), &signature));
    }
}
