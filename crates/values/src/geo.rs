use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Timestamp;

/// A position fix on WGS 84, kept whole: two fixes never mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawPoint", into = "RawPoint")]
pub struct GeoPoint {
    latitude_e7: i32,
    longitude_e7: i32,
    altitude_cm: Option<i32>,
    accuracy_cm: Option<u32>,
    fixed_at: Option<Timestamp>,
}

/// The shape a point has in JSON: degrees and metres.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct RawPoint {
    latitude: f64,
    longitude: f64,
    altitude: Option<f64>,
    accuracy: Option<f64>,
    fixed_at: Option<Timestamp>,
}

/// Why numbers are not a position.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum GeoError {
    #[error("latitude {0} is not between -90 and 90 degrees")]
    Latitude(f64),
    #[error("longitude {0} is not between -180 and 180 degrees")]
    Longitude(f64),
    #[error("altitude {0} is not between -500 and 20000 metres")]
    Altitude(f64),
    #[error("accuracy {0} is not between 0 and 1000000 metres")]
    Accuracy(f64),
}

impl GeoPoint {
    const VERSION: u8 = 1;
    /// Version, two coordinates, altitude, accuracy, time.
    const BYTES: usize = 1 + 4 + 4 + 4 + 4 + 8;

    /// A position in degrees, with altitude and accuracy in metres and the time of the fix where they are known.
    ///
    /// # Errors
    /// When a number is outside the range its error names, or is not a number.
    pub fn new(
        latitude: f64,
        longitude: f64,
        altitude: Option<f64>,
        accuracy: Option<f64>,
        fixed_at: Option<Timestamp>,
    ) -> Result<Self, GeoError> {
        let within = |value: f64, low: f64, high: f64| (low..=high).contains(&value);
        if !within(latitude, -90.0, 90.0) {
            return Err(GeoError::Latitude(latitude));
        }
        if !within(longitude, -180.0, 180.0) {
            return Err(GeoError::Longitude(longitude));
        }
        if let Some(altitude) = altitude.filter(|metres| !within(*metres, -500.0, 20_000.0)) {
            return Err(GeoError::Altitude(altitude));
        }
        if let Some(accuracy) = accuracy.filter(|metres| !within(*metres, 0.0, 1_000_000.0)) {
            return Err(GeoError::Accuracy(accuracy));
        }
        // The ranges above keep every product inside its integer.
        Ok(Self {
            latitude_e7: (latitude * 1e7).round() as i32,
            longitude_e7: (longitude * 1e7).round() as i32,
            altitude_cm: altitude.map(|metres| (metres * 100.0).round() as i32),
            accuracy_cm: accuracy.map(|metres| (metres * 100.0).round() as u32),
            fixed_at,
        })
    }

    pub fn latitude(self) -> f64 {
        f64::from(self.latitude_e7) / 1e7
    }

    pub fn longitude(self) -> f64 {
        f64::from(self.longitude_e7) / 1e7
    }

    /// Metres above sea level.
    pub fn altitude(self) -> Option<f64> {
        self.altitude_cm.map(|cm| f64::from(cm) / 100.0)
    }

    /// Radius in metres.
    pub fn accuracy(self) -> Option<f64> {
        self.accuracy_cm.map(|cm| f64::from(cm) / 100.0)
    }

    pub fn fixed_at(self) -> Option<Timestamp> {
        self.fixed_at
    }

    /// The answer as ODK forms see it: `latitude longitude altitude accuracy`, unknown numbers as 0.
    pub fn to_odk(self) -> String {
        let altitude = self.altitude().unwrap_or(0.0);
        let accuracy = self.accuracy().unwrap_or(0.0);
        format!("{} {} {altitude} {accuracy}", self.latitude(), self.longitude())
    }

    /// Reads what [`Self::to_odk`] wrote: two to four numbers. An altitude or accuracy of 0 is one that is not known.
    /// Nothing if the text is anything else.
    pub fn from_odk(text: &str) -> Option<Self> {
        let mut numbers = text.split_whitespace().map(|number| number.parse::<f64>().ok());
        let (latitude, longitude) = (numbers.next()??, numbers.next()??);
        let mut known = || match numbers.next() {
            None => Some(None),
            Some(number) => number.map(|metres| Some(metres).filter(|metres| *metres != 0.0)),
        };
        let (altitude, accuracy) = (known()?, known()?);
        if numbers.next().is_some() {
            return None;
        }
        Self::new(latitude, longitude, altitude, accuracy, None).ok()
    }

    /// 25 bytes, little-endian; an unknown number is its type's extreme. **Frozen: stored in records.**
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.push(Self::VERSION);
        bytes.extend_from_slice(&self.latitude_e7.to_le_bytes());
        bytes.extend_from_slice(&self.longitude_e7.to_le_bytes());
        bytes.extend_from_slice(&self.altitude_cm.unwrap_or(i32::MIN).to_le_bytes());
        bytes.extend_from_slice(&self.accuracy_cm.unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(&self.fixed_at.map_or(i64::MIN, Timestamp::millis).to_le_bytes());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; nothing if the bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (latitude, rest) = rest.split_first_chunk::<4>()?;
        let (longitude, rest) = rest.split_first_chunk::<4>()?;
        let (altitude, rest) = rest.split_first_chunk::<4>()?;
        let (accuracy, rest) = rest.split_first_chunk::<4>()?;
        let (fixed_at, rest) = rest.split_first_chunk::<8>()?;
        if *version != Self::VERSION || !rest.is_empty() {
            return None;
        }
        let altitude = Some(i32::from_le_bytes(*altitude)).filter(|cm| *cm != i32::MIN);
        let accuracy = Some(u32::from_le_bytes(*accuracy)).filter(|cm| *cm != u32::MAX);
        let fixed_at = match i64::from_le_bytes(*fixed_at) {
            i64::MIN => None,
            millis => Some(Timestamp::from_millis(millis).ok()?),
        };
        Self::new(
            f64::from(i32::from_le_bytes(*latitude)) / 1e7,
            f64::from(i32::from_le_bytes(*longitude)) / 1e7,
            altitude.map(|cm| f64::from(cm) / 100.0),
            accuracy.map(|cm| f64::from(cm) / 100.0),
            fixed_at,
        )
        .ok()
    }
}

impl TryFrom<RawPoint> for GeoPoint {
    type Error = GeoError;

    fn try_from(raw: RawPoint) -> Result<Self, Self::Error> {
        Self::new(raw.latitude, raw.longitude, raw.altitude, raw.accuracy, raw.fixed_at)
    }
}

impl From<GeoPoint> for RawPoint {
    fn from(point: GeoPoint) -> Self {
        Self {
            latitude: point.latitude(),
            longitude: point.longitude(),
            altitude: point.altitude(),
            accuracy: point.accuracy(),
            fixed_at: point.fixed_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_round_trips_whole() {
        let at = Timestamp::from_millis(1_790_000_000_000).unwrap();
        for point in [
            GeoPoint::new(-13.160_5, -74.225_8, Some(2746.5), Some(4.2), Some(at)).unwrap(),
            GeoPoint::new(-90.0, 180.0, None, None, None).unwrap(),
        ] {
            assert_eq!(GeoPoint::from_bytes(&point.to_bytes()), Some(point));
        }
    }

    #[test]
    fn what_is_not_on_earth_is_refused() {
        assert!(GeoPoint::new(-91.0, 0.0, None, None, None).is_err());
        assert!(GeoPoint::new(0.0, f64::NAN, None, None, None).is_err());
        assert!(GeoPoint::new(0.0, 0.0, Some(30_000.0), None, None).is_err());
        assert_eq!(GeoPoint::from_bytes(&[0; 25]), None);
        assert_eq!(GeoPoint::from_bytes(&[1; 24]), None);
    }

    #[test]
    fn forms_see_four_numbers() {
        let point = GeoPoint::new(-13.1605, -74.2258, Some(2746.0), None, None).unwrap();
        assert_eq!(point.to_odk(), "-13.1605 -74.2258 2746 0");
        assert_eq!(GeoPoint::from_odk(&point.to_odk()), Some(point));
        assert_eq!(GeoPoint::from_odk("-13.1605 -74.2258 2746"), Some(point));
        for text in ["", "1", "1 x", "91 0 0 0", "1 2 3 4 5", "NaN 1"] {
            assert_eq!(GeoPoint::from_odk(text), None, "{text}");
        }
    }
}
