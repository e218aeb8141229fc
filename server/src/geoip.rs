//! Where addresses are, by a file in MaxMind's form (MaxMind DB 2.0): GeoLite2 City or Country, DB-IP and others.
//!
//! The file is the operator's (`geoip_file`) and is read once, at the start; no address ever leaves this machine.

use anyhow::Context as _;
use domain::Place;
use maxminddb::{Reader, geoip2};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use storage::Locate;

/// Reads the file, and says where addresses are by it.
///
/// # Errors
/// When it can't be read, or is no such file.
pub fn open(path: &Path) -> anyhow::Result<Locate> {
    let reader = Reader::open_readfile(path)
        .with_context(|| format!("geoip_file: {} can't be used", path.display()))?;
    Ok(Arc::new(move |ip| place(&reader, ip)))
}

fn place(reader: &Reader<Vec<u8>>, ip: IpAddr) -> Option<Place> {
    let found = reader.lookup(ip.to_canonical()).ok()?;
    let city: geoip2::City<'_> = found.decode().ok()??;
    let country = city.country.names.english.or(city.country.iso_code);
    let words: Vec<_> = city.city.names.english.into_iter().chain(country).collect();
    if words.is_empty() {
        return None;
    }
    Some(Place {
        country: city.country.iso_code.map(str::to_owned),
        words: words.join(", "),
        // Of a country the middle is given, which nobody was at.
        at: city
            .city
            .names
            .english
            .and(city.location.latitude.zip(city.location.longitude)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of two networks, written by hand after the specification: a tree of IPv4 addresses with records of 24
    /// bits, then what the leaves point to.
    fn file() -> Vec<u8> {
        let riyadh = city("Riyadh", "Saudi Arabia", "SA", Some((24.69, 46.72)));
        let egypt = city("", "Egypt", "EG", Some((26.0, 30.0)));
        // 0.0.0.0/1 is a city, 128.0.0.0/1 a country: one node.
        let node_count = 1_u32;
        let pointer = |offset: usize| node_count + 16 + u32::try_from(offset).expect("small");
        let mut bytes = Vec::new();
        for record in [pointer(0), pointer(riyadh.len())] {
            bytes.extend_from_slice(&record.to_be_bytes()[1..]);
        }
        bytes.extend_from_slice(&[0; 16]);
        bytes.extend_from_slice(&riyadh);
        bytes.extend_from_slice(&egypt);
        bytes.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
        bytes.extend(map(&[
            ("binary_format_major_version", uint16(2)),
            ("binary_format_minor_version", uint16(0)),
            ("build_epoch", uint64(1_763_000_000)),
            ("database_type", text("Test-City")),
            ("description", map(&[("en", text("A test"))])),
            ("ip_version", uint16(4)),
            ("languages", array(&[text("en")])),
            ("node_count", uint32(node_count)),
            ("record_size", uint16(24)),
        ]));
        bytes
    }

    fn city(city: &str, country: &str, code: &str, at: Option<(f64, f64)>) -> Vec<u8> {
        let named = |name: &str| map(&[("names", map(&[("en", text(name))]))]);
        let mut parts = Vec::new();
        if !city.is_empty() {
            parts.push(("city", named(city)));
        }
        let names = map(&[("en", text(country))]);
        parts.push((
            "country",
            map(&[("iso_code", text(code)), ("names", names)]),
        ));
        if let Some((lat, lon)) = at {
            parts.push((
                "location",
                map(&[("latitude", double(lat)), ("longitude", double(lon))]),
            ));
        }
        map(&parts)
    }

    /// Type and length: types to 7 stand in the upper three bits, the others in a byte of their own.
    fn head(kind: u8, length: usize) -> Vec<u8> {
        let length = u8::try_from(length).expect("short");
        assert!(length < 29);
        if kind <= 7 {
            vec![kind << 5 | length]
        } else {
            vec![length, kind - 7]
        }
    }

    fn text(value: &str) -> Vec<u8> {
        [head(2, value.len()), value.as_bytes().to_vec()].concat()
    }

    fn double(value: f64) -> Vec<u8> {
        [head(3, 8), value.to_be_bytes().to_vec()].concat()
    }

    fn uint16(value: u16) -> Vec<u8> {
        [head(5, 2), value.to_be_bytes().to_vec()].concat()
    }

    fn uint32(value: u32) -> Vec<u8> {
        [head(6, 4), value.to_be_bytes().to_vec()].concat()
    }

    fn uint64(value: u64) -> Vec<u8> {
        [head(9, 8), value.to_be_bytes().to_vec()].concat()
    }

    fn map(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = head(7, parts.len());
        for (name, value) in parts {
            bytes.extend(text(name));
            bytes.extend(value);
        }
        bytes
    }

    fn array(parts: &[Vec<u8>]) -> Vec<u8> {
        [head(11, parts.len()), parts.concat()].concat()
    }

    #[test]
    fn a_city_has_a_place_on_the_map_and_a_country_only_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.mmdb");
        std::fs::write(&path, file()).expect("written");
        let locate = open(&path).expect("opened");
        let riyadh = locate("8.8.8.8".parse().expect("an address")).expect("found");
        assert_eq!(riyadh.words, "Riyadh, Saudi Arabia");
        assert_eq!(riyadh.country.as_deref(), Some("SA"));
        assert_eq!(riyadh.at, Some((24.69, 46.72)));
        let mapped = "::ffff:8.8.8.8".parse().expect("an address");
        assert_eq!(locate(mapped).expect("found"), riyadh);
        let egypt = locate("203.0.113.7".parse().expect("an address")).expect("found");
        assert_eq!((egypt.words.as_str(), egypt.at), ("Egypt", None));
        // Not in a file of IPv4 addresses.
        assert_eq!(locate("2001:db8::1".parse().expect("an address")), None);
    }

    #[test]
    fn what_is_no_such_file_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "no database").expect("written");
        for path in [path, folder.path().join("missing.mmdb")] {
            let Err(error) = open(&path) else {
                panic!("opened {}", path.display());
            };
            assert!(error.to_string().contains("geoip_file"), "{error:#}");
        }
    }
}
