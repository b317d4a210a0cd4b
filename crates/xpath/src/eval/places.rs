//! Functions of places: points are `latitude longitude altitude accuracy`, shapes are points parted by `;`.
//!
//! The Earth is a sphere of its equatorial radius, as in the other ODK clients, so that all show the same figures.

use super::logic::Call;
use crate::context::Context;
use crate::error::EvalError;
use crate::number::parse_number;

const EARTH_RADIUS_METRES: f64 = 6_378_100.0;

#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Point {
    latitude: f64,
    longitude: f64,
}

impl<C: Context> Call<'_, '_, C> {
    /// Square metres inside a shape, to the centimetre; NaN when it is not a shape.
    pub(super) fn area(&self) -> Result<f64, EvalError> {
        let Some(points) = self.points(0)? else { return Ok(f64::NAN) };
        if points.len() < 3 {
            return Ok(0.0);
        }
        let next = points.iter().cycle().skip(1);
        let total: f64 = points
            .iter()
            .zip(next)
            .map(|(from, to)| {
                (to.longitude - from.longitude).to_radians()
                    * (2.0 + from.latitude.to_radians().sin() + to.latitude.to_radians().sin())
            })
            .sum();
        Ok(hundredths(total * EARTH_RADIUS_METRES * EARTH_RADIUS_METRES / 2.0).abs())
    }

    /// Metres along points, to the centimetre; NaN when they are not points.
    pub(super) fn distance(&self) -> Result<f64, EvalError> {
        let mut points = Vec::new();
        for index in 0..self.arguments.len() {
            match self.points(index)? {
                Some(more) => points.extend(more),
                None => return Ok(f64::NAN),
            }
        }
        Ok(hundredths(points.windows(2).map(|pair| between(pair[0], pair[1])).sum()))
    }

    /// Whether a point is inside a shape. False when either is blank or not what it should be.
    pub(super) fn geofence(&self) -> Result<bool, EvalError> {
        let (point, shape) = (self.points(0)?, self.points(1)?);
        let (Some(point), Some(shape)) = (point.filter(|points| points.len() == 1), shape) else { return Ok(false) };
        Ok(is_closed(&shape) && point.first().is_some_and(|point| is_inside(*point, &shape)))
    }

    /// The points of an argument: one text holds them all, or each node holds one or more.
    fn points(&self, index: usize) -> Result<Option<Vec<Point>>, EvalError> {
        let mut points = Some(Vec::new());
        self.evaluator.each(self.argument(index)?, self.frame, &mut |value| {
            match (points_of(&value.to_text()), &mut points) {
                (Some(more), Some(points)) => points.extend(more),
                _ => points = None,
            }
            Ok(())
        })?;
        Ok(points.filter(|points| !points.is_empty()))
    }
}

/// The points that a text holds, `;` between them; nothing when one of them is none.
pub(crate) fn points_of(text: &str) -> Option<Vec<Point>> {
    text.split(';').map(str::trim).filter(|text| !text.is_empty()).map(point).collect()
}

/// Whether points go around an area: they end where they began.
pub(crate) fn is_closed(points: &[Point]) -> bool {
    points.len() > 3 && points.first() == points.last()
}

fn point(text: &str) -> Option<Point> {
    let mut parts = text.split_whitespace();
    let (latitude, longitude) = (parse_number(parts.next()?)?, parse_number(parts.next()?)?);
    if !parts.all(|part| parse_number(part).is_some()) {
        return None;
    }
    let sound = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
    sound.then_some(Point { latitude, longitude })
}

fn between(from: Point, to: Point) -> f64 {
    let (from_latitude, to_latitude) = (from.latitude.to_radians(), to.latitude.to_radians());
    let turn = (from.longitude - to.longitude).to_radians();
    let cosine = from_latitude.sin() * to_latitude.sin() + from_latitude.cos() * to_latitude.cos() * turn.cos();
    cosine.clamp(-1.0, 1.0).acos() * EARTH_RADIUS_METRES
}

/// How often a ray from the point crosses the shape's sides: an odd number is inside.
fn is_inside(point: Point, shape: &[Point]) -> bool {
    let mut inside = false;
    for side in shape.windows(2) {
        let (from, to) = (side[0], side[1]);
        if (from.longitude > point.longitude) != (to.longitude > point.longitude) {
            let crossing = (to.latitude - from.latitude) * (point.longitude - from.longitude)
                / (to.longitude - from.longitude)
                + from.latitude;
            inside ^= point.latitude < crossing;
        }
    }
    inside
}

fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
