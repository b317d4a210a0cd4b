//! What a session may know of the world around it. Nothing else reaches an expression, so a fill-in can be repeated.

use chaski_values::Timestamp;

use crate::Lookups;

/// The world as one session sees it, fixed when the session opens.
#[derive(Debug, Clone)]
pub struct Environment {
    /// What `now()` and `today()` say.
    pub now: Timestamp,
    /// The record's own zone, in minutes east of UTC: −300 in Peru. Dates and times of day are told in it.
    pub zone_minutes: i32,
    /// What a question of type `deviceid` keeps.
    pub device: String,
    /// What a question of type `username` keeps.
    pub person: String,
    /// Where `uuid()` and `random()` draw from. The caller brings fresh entropy for each opening.
    pub seed: [u8; 32],
    pub lookups: Lookups,
}
