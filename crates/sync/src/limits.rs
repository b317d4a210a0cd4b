//! How large anything from outside may be. Every decoder here refuses more; each figure says where it comes from.

/// An entry's payload. A form's definition or a catalogue of some thousands of rows fits; a photo travels apart.
pub const PAYLOAD_BYTES: usize = 768 * 1024;

/// Changes in one entry: one for a sitting, some hundreds for an import.
pub const CHANGES_PER_ENTRY: usize = 1_024;

/// What a newer version added to an entry's header, kept without being understood.
pub const EXTENSION_BYTES: usize = 1_024;

/// A log's opening: about 110 bytes today, with room for what a newer version adds.
pub const OPENING_BYTES: usize = 1_024;

/// A device certificate on the wire: about 400 bytes with a district, with room for some hundred districts.
pub const CERTIFICATE_BYTES: usize = 4 * 1_024;

/// What a sender aims at for a compressed frame: about 7 s at 20 kbit/s, so that a link cut every 30 s still makes
/// progress. A frame passes it only when one signed segment cannot be cut smaller.
pub const FRAME_TARGET_BYTES: usize = 16 * 1024;

/// The most a compressed frame may have: a single entry of [`PAYLOAD_BYTES`] that does not compress.
pub const FRAME_BYTES: usize = 800 * 1024;

/// The most a frame may have once decompressed.
pub const FRAME_RAW_BYTES: usize = 1024 * 1024;

/// Runs in one frame.
pub const RUNS_PER_FRAME: usize = 1_024;

/// Entries in one frame: 1 MiB of the smallest entries there are.
pub const ENTRIES_PER_FRAME: usize = 16_384;

/// Partitions in one vector: the districts of a large region.
pub const PARTITIONS: usize = 256;

/// Logs of one partition in a vector: a hundred tablets that were each reinstalled forty times.
pub const LOGS_PER_PARTITION: usize = 4_096;

/// Logs that one device may open in one partition. A log ends with an install, and nobody installs a tablet this often.
pub const LOGS_PER_DEVICE: usize = 64;

/// A hello or a welcome: vectors of some thousand logs, and a certificate.
pub const GREETING_BYTES: usize = 512 * 1024;

/// Any part that says little: an end, a refusal, and what a newer version adds.
pub const SMALL_PART_BYTES: usize = 64 * 1024;

/// What one side sends in one request or response before it says that there is more: some minutes at 20 kbit/s.
pub const EXCHANGE_BYTES: usize = 1024 * 1024;

/// What one side sends in one request or response, before compression, until it says that there is more: of a form or a
/// table that compresses to a twentieth, ten.
pub const EXCHANGE_RAW_BYTES: usize = 8 * 1024 * 1024;

/// Frames that one side sends in one request or response: of full ones, eight times as much as it sends.
pub const EXCHANGE_FRAMES: usize = 512;

/// Openings that one side sends in one request or response.
pub const EXCHANGE_OPENINGS: usize = 512;

/// What a hub takes in one request: eight times what an honest device sends.
pub const REQUEST_BYTES: usize = 8 * EXCHANGE_BYTES;

/// What a device takes in one response: eight times what an honest hub sends.
pub const RESPONSE_BYTES: usize = 8 * EXCHANGE_BYTES;

/// Entries from which on a hub sends a history, with less effort to make it small: some months' work of a district.
pub const HISTORY_ENTRIES: u64 = 2_000;

/// What either side takes in one request or response once it is decompressed: four times what an honest one sends.
pub const REQUEST_RAW_BYTES: usize = 4 * EXCHANGE_RAW_BYTES;

/// Frames in one request or response: twice what an honest side sends.
pub const FRAMES: usize = 2 * EXCHANGE_FRAMES;

/// Openings in one request or response: twice what an honest side sends.
pub const OPENINGS: usize = 2 * EXCHANGE_OPENINGS;

/// Raw bytes to load from the store at once: some frames.
pub const LOAD_BYTES: usize = 512 * 1024;

/// Exchanges in one session: far more than a year's work of a district needs.
pub const ROUNDS: usize = 512;

/// Problems told in one message; the rest show when these are mended.
pub const PROBLEMS: usize = 1_024;
