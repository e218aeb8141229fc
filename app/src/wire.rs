//! How data travels between server and browser: as JSON, read in two steps.
//!
//! The text is parsed into a tree first, and the tree is read into the type. Every type then has one reader in the
//! browser's module where reading from text, from bytes and from the socket would each bring their own: about a tenth of
//! all code that a page loads.

use leptos::prelude::Resource;
use leptos::server::codee::{Decoder, Encoder};
use leptos::server_fn::codec::Post;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Error, Value};

/// How the results of server functions travel: `#[server(output = crate::wire::Wire, output = Wire, ..)]`.
pub type Wire = Post<Json>;

/// Something that is loaded on the server and handed to the browser with the page.
pub type Told<T> = Resource<T, Json>;

/// The form in which it travels.
#[derive(Debug, Clone, Copy)]
pub struct Json;

/// Loads what `fetch` answers, again whenever `source` changes.
pub fn told<T, S, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> F + Send + Sync + 'static,
) -> Told<T>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    S: PartialEq + Clone + Send + Sync + 'static,
    F: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(source, fetch, false)
}

/// As [`told`]; the answer begins only when it is there.
pub fn told_first<T, S, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> F + Send + Sync + 'static,
) -> Told<T>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    S: PartialEq + Clone + Send + Sync + 'static,
    F: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(source, fetch, true)
}

/// Reads what was written as JSON.
///
/// # Errors
/// The text is no JSON, or none of this type.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_value(serde_json::from_str::<Value>(text)?)
}

impl<T: Serialize> Encoder<T> for Json {
    type Error = Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Json {
    type Error = Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Error> {
        read(text)
    }
}

impl ContentType for Json {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Json {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Json {
    type Error = Error;

    fn encode(value: &T) -> Result<Bytes, Error> {
        serde_json::to_vec(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Json {
    type Error = Error;

    fn decode(bytes: Bytes) -> Result<T, Error> {
        // Text that is no UTF-8 is no JSON either.
        read(&String::from_utf8_lossy(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let value = (
            vec![Some(i64::MIN), None],
            u64::MAX,
            "\u{1F4E6}".to_owned(),
            0.1,
        );
        let text = <Json as Encoder<_>>::encode(&value).unwrap();
        assert_eq!(
            <Json as Decoder<(Vec<Option<i64>>, u64, String, f64)>>::decode(&text).unwrap(),
            value
        );
        let bytes = <Json as Encodes<_>>::encode(&value).unwrap();
        assert_eq!(
            <Json as Decodes<(Vec<Option<i64>>, u64, String, f64)>>::decode(bytes).unwrap(),
            value
        );
    }

    #[test]
    fn what_is_no_json_is_refused() {
        assert!(read::<Vec<u8>>("[1,").is_err());
        assert!(<Json as Decodes<String>>::decode(Bytes::from_static(b"\"\xff")).is_err());
    }
}
