//! Where an address is, as far as a file of addresses knows.

use serde::{Deserialize, Serialize};

/// The mean radius of the earth (IUGG), in kilometres.
const EARTH_KM: f64 = 6_371.0;

/// A place on a map, to about the size of a city.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The country's code (ISO 3166-1 alpha-2), such as `SA`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// In words, such as `Riyadh, Saudi Arabia`.
    pub words: String,
    /// Degrees north, -90 to 90, and east, -180 to 180; none where only the country is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<(f64, f64)>,
}

impl Place {
    /// How far another place is along the earth, in whole kilometres; none when one of them is only a country.
    pub fn km_to(&self, other: &Self) -> Option<u32> {
        let ((lat_a, lon_a), (lat_b, lon_b)) = (self.at?, other.at?);
        let (lat_a, lat_b) = (lat_a.to_radians(), lat_b.to_radians());
        let half = |degrees: f64| (degrees / 2.0).sin().powi(2);
        let lon = (lon_b - lon_a).to_radians();
        // Haversine: good for small distances too.
        let h = half(lat_b - lat_a) + lat_a.cos() * lat_b.cos() * half(lon);
        let km = 2.0 * EARTH_KM * h.clamp(0.0, 1.0).sqrt().asin();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "half of the earth's girth at most"
        )]
        Some(km.round() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Place {
        Place {
            country: None,
            words: String::new(),
            at: Some((lat, lon)),
        }
    }

    #[test]
    fn cities_are_as_far_apart_as_the_atlas_says() {
        let (riyadh, jeddah) = (at(24.69, 46.72), at(21.54, 39.17));
        let km = riyadh.km_to(&jeddah).expect("both known");
        assert!((830..870).contains(&km), "{km}");
        assert_eq!(riyadh.km_to(&riyadh), Some(0));
        assert_eq!(at(0.0, 0.0).km_to(&at(0.0, 180.0)), Some(20_015));
        assert_eq!(at(10.0, 179.9).km_to(&at(10.0, -179.9)), Some(22));
        let country = Place {
            at: None,
            ..at(0.0, 0.0)
        };
        assert_eq!(riyadh.km_to(&country), None);
    }
}
