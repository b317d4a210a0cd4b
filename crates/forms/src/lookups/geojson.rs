//! GeoJSON (RFC 7946) as a table: one feature a row, as ODK Collect reads it.

use std::borrow::Cow;
use std::fmt;

use chaski_values::GeoPoint;
use serde::de::{self, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{MAX_CELLS, Table};
use crate::problem::Cause;

/// The most bytes a file may have; read, it takes several times as many.
const MAX_BYTES: usize = 16 << 20;
/// The column of a feature's position: a point as ODK writes it, or a line of them.
const GEOMETRY: &str = "geometry";
const ID: &str = "id";

#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(default)]
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    geometry: Option<Geometry>,
    #[serde(default)]
    properties: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Point(Position),
    LineString(Vec<Position>),
    /// The outer ring, then the holes in it.
    Polygon(Vec<Vec<Position>>),
}

/// Degrees and metres; GeoJSON puts the longitude first.
struct Position {
    longitude: f64,
    latitude: f64,
    altitude: Option<f64>,
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Numbers;
        impl<'de> Visitor<'de> for Numbers {
            type Value = Position;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a longitude and a latitude")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Position, A::Error> {
                let missing = |count| de::Error::invalid_length(count, &self);
                let longitude = numbers.next_element()?.ok_or_else(|| missing(0))?;
                let latitude = numbers.next_element()?.ok_or_else(|| missing(1))?;
                let altitude = numbers.next_element()?;
                while numbers.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Position { longitude, latitude, altitude })
            }
        }
        from.deserialize_seq(Numbers)
    }
}

impl Table {
    /// Reads a GeoJSON `FeatureCollection`. The columns are `id` (the feature's own or else the property of that name),
    /// `geometry` and every other property, in the order of their names. A position is as ODK writes it, a line or the outer
    /// ring of a polygon with `; ` between positions; a property that is a list or an object is blank.
    ///
    /// # Errors
    /// When it is no such collection, a geometry is none of a point, a line and a polygon or lies outside the world, or it is
    /// larger than a table may be.
    pub fn from_geojson(bytes: &[u8]) -> Result<Self, Cause> {
        let refused = |detail: String| Cause::BadTable { detail };
        if bytes.len() > MAX_BYTES {
            return Err(Cause::TooLarge { limit: MAX_BYTES as u64 >> 20, unit: "MiB" });
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let collection: Collection<'_> = serde_json::from_slice(bytes).map_err(|error| refused(error.to_string()))?;
        if collection.kind != "FeatureCollection" {
            return Err(refused(format!("a FeatureCollection is needed, not a {}", collection.kind)));
        }
        if collection.features.len() > Self::MAX_ROWS {
            return Err(Cause::TooLarge { limit: Self::MAX_ROWS as u64, unit: "features" });
        }
        let properties = collection.features.iter().flat_map(|feature| feature.properties.iter().flat_map(Map::keys));
        let mut names: Vec<&str> =
            properties.map(String::as_str).filter(|name| ![ID, GEOMETRY].contains(name)).collect();
        names.sort_unstable();
        names.dedup();
        let columns: Vec<String> = [ID, GEOMETRY].into_iter().chain(names).map(str::to_owned).collect();
        if columns.len().saturating_mul(collection.features.len()) > MAX_CELLS {
            return Err(Cause::TooLarge { limit: MAX_CELLS as u64, unit: "cells" });
        }
        let row = |(number, feature): (usize, &Feature)| {
            let geometry = feature.geometry.as_ref().map(Geometry::written).unwrap_or(Ok(String::new()));
            let geometry = geometry.map_err(|detail| refused(format!("feature {number}: {detail}")))?;
            let property = |name: &str| feature.properties.as_ref().and_then(|held| held.get(name)).map(text);
            let id = Some(text(&feature.id)).filter(|id| !id.is_empty()).or_else(|| property(ID));
            let others = columns.iter().skip(2).map(|name| property(name).unwrap_or_default());
            Ok([id.unwrap_or_default(), geometry].into_iter().chain(others).collect())
        };
        let rows = (1..).zip(&collection.features).map(row).collect::<Result<_, Cause>>()?;
        Ok(Self::new(columns, rows))
    }
}

/// A property as a cell.
fn text(value: &Value) -> String {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

impl Geometry {
    /// As ODK writes it.
    fn written(&self) -> Result<String, String> {
        let line = |positions: &[Position]| {
            let points = positions.iter().map(Position::written).collect::<Result<Vec<_>, _>>();
            points.map(|points| points.join("; "))
        };
        match self {
            Self::Point(at) => at.written(),
            Self::LineString(positions) => line(positions),
            Self::Polygon(rings) => line(rings.first().map(Vec::as_slice).unwrap_or_default()),
        }
    }
}

impl Position {
    fn written(&self) -> Result<String, String> {
        let Self { longitude, latitude, altitude } = self;
        let point = GeoPoint::new(*latitude, *longitude, *altitude, None, None);
        point.map(GeoPoint::to_odk).map_err(|_| format!("there is no longitude {longitude} and latitude {latitude}"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn shown(json: &str) -> String {
        match Table::from_geojson(json.as_bytes()) {
            Ok(table) => {
                let rows = (0..table.len() as u32).map(|row| {
                    let cells: Vec<&str> = (0..table.columns().len()).map(|column| table.cell(row, column)).collect();
                    format!("{}\n", cells.join(" | "))
                });
                format!("{}\n{}", table.columns().join(" | "), rows.collect::<String>())
            }
            Err(cause) => cause.to_string(),
        }
    }

    #[test]
    fn features_are_rows_and_their_properties_columns() {
        let table = shown(
            r#"{"type": "FeatureCollection", "features": [
                {"type": "Feature", "geometry": {"type": "Point", "coordinates": [7.0801379, 46.5841618]},
                 "properties": {"id": "fs87b", "title": "HR Giger Museum", "annual_visits": 40000}},
                {"type": "Feature", "id": 7, "geometry": {"type": "LineString", "coordinates": [[-74.2, -13.1, 2746], [-74.3, -13.2]]},
                 "properties": {"id": "not this", "title": null, "open": true, "nested": {"a": 1}}},
                {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[0, 1], [2, 1], [2, 3], [0, 1]], [[1, 2]]]},
                 "properties": null},
                {"type": "Feature", "geometry": null}]}"#,
        );
        expect![[r#"
            id | geometry | annual_visits | nested | open | title
            fs87b | 46.5841618 7.0801379 0 0 | 40000 |  |  | HR Giger Museum
            7 | -13.1 -74.2 2746 0; -13.2 -74.3 0 0 |  |  | true | 
             | 1 0 0 0; 1 2 0 0; 3 2 0 0; 1 0 0 0 |  |  |  | 
             |  |  |  |  | 
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn what_is_no_collection_is_refused_with_its_place() {
        let told = [
            r#"{"type": "Feature", "geometry": null}"#,
            r#"{"type": "FeatureCollection", "features": [{"geometry": {"type": "Point", "coordinates": [200, 1]}}]}"#,
            r#"{"type": "FeatureCollection", "features": [{"geometry": {"type": "MultiPoint", "coordinates": []}}]}"#,
            r#"{"type": "FeatureCollection", "features": [{"geometry": {"type": "Point", "coordinates": [1]}}]}"#,
            "{",
        ]
        .map(shown)
        .join("\n");
        expect![[r#"
            this is no table to look things up in: a FeatureCollection is needed, not a Feature
            this is no table to look things up in: feature 1: there is no longitude 200 and latitude 1
            this is no table to look things up in: unknown variant `MultiPoint`, expected one of `Point`, `LineString`, `Polygon` at line 1 column 77
            this is no table to look things up in: invalid length 1, expected a longitude and a latitude at line 1 column 92
            this is no table to look things up in: EOF while parsing an object at line 1 column 1"#]].assert_eq(&told);
    }

    #[test]
    fn a_collection_whose_table_would_be_huge_is_refused() {
        let feature = |number: usize| format!(r#"{{"properties": {{"p{number}": 1}}}}"#);
        let features: Vec<String> = (0..3_000).map(feature).collect();
        let told = shown(&format!(r#"{{"type": "FeatureCollection", "features": [{}]}}"#, features.join(",")));
        assert_eq!(told, Cause::TooLarge { limit: MAX_CELLS as u64, unit: "cells" }.to_string());
    }
}
