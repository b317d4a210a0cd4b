use std::collections::VecDeque;

use chaski_values::Partition;

use super::{Codec, Effort, Frame};
use crate::{Item, Run, StoredEntry, limits};

/// Cuts stored entries, in order of arrival, into frames of about [`limits::FRAME_TARGET_BYTES`].
///
/// A frame ends only where every run in it ends at a signed entry.
#[derive(Debug)]
pub struct Packer {
    partition: Partition,
    effort: Effort,
    segments: VecDeque<Segment>,
    /// Compressed bytes for each thousand raw ones, as the last frame had it: how many segments to try first.
    permille: usize,
}

/// Entries that travel together: consecutive ones of a log up to a signed one.
#[derive(Debug)]
struct Segment {
    run: Run,
    raw: usize,
}

/// A frame ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    pub bytes: Vec<u8>,
    pub entries: u64,
    /// How large it is once decompressed.
    pub raw: usize,
}

impl Packer {
    pub fn new(partition: Partition, effort: Effort) -> Self {
        Self { partition, effort, segments: VecDeque::new(), permille: 200 }
    }

    /// Adds entries that follow those added before. Entries after the last signed one of their log are left out: they
    /// cannot be shown to anybody yet.
    pub fn add(&mut self, entries: impl IntoIterator<Item = StoredEntry>) {
        let mut open: Option<(chaski_values::LogId, u64, Vec<Item>)> = None;
        for StoredEntry { entry, signature } in entries {
            let (header, payload) = entry.into_parts();
            let raw_item = Item {
                hlc: header.hlc,
                author: header.author,
                kind: header.kind,
                extension: header.extension,
                payload,
            };
            match &mut open {
                Some((log, first, items)) if *log == header.log && *first + items.len() as u64 == header.seq => {
                    items.push(raw_item);
                }
                _ => open = Some((header.log, header.seq, vec![raw_item])),
            }
            if let Some(signature) = signature
                && let Some((log, first, items)) = open.take()
            {
                let raw = items.iter().map(|item| item.payload.len() + ITEM_BYTES).sum::<usize>();
                self.segments.push_back(Segment { run: Run { log, first, items, signature }, raw });
            }
        }
    }

    /// Raw bytes waiting to be packed.
    pub fn waiting(&self) -> usize {
        self.segments.iter().map(|segment| segment.raw).sum()
    }

    /// Whether a full frame can be cut from what waits, as far as the last frame tells.
    pub fn has_full_frame(&self) -> bool {
        let waiting = self.waiting();
        waiting * self.permille / 1000 >= limits::FRAME_TARGET_BYTES * 5 / 4 || waiting >= limits::FRAME_RAW_BYTES
    }

    /// The next frame, as large as the target allows; nothing when nothing waits.
    pub fn next(&mut self, codec: &Codec) -> Option<Packed> {
        let mut count = self.fitting(limits::FRAME_TARGET_BYTES * 1000 / self.permille.max(1));
        // Grow while there is room, shrink while there is not. Each try compresses anew, and the ratio of neighbours is
        // alike: the first frame of a log may be small, and from then on the first guess fits.
        let mut best: Option<(usize, Packed)> = None;
        let mut too_many = self.fitting(usize::MAX) + 1;
        for _ in 0..MAX_TRIES {
            if count == 0 {
                break;
            }
            let (packed, raw) = self.pack(count, codec);
            self.permille = (packed.bytes.len() * 1000 / raw.max(1)).clamp(1, 1000);
            let size = packed.bytes.len();
            let fits = size <= limits::FRAME_TARGET_BYTES || count == 1;
            if fits {
                best = Some((count, packed));
            } else {
                too_many = count;
            }
            let low = best.as_ref().map_or(0, |(count, _)| *count);
            if low + 1 >= too_many || (fits && size * 100 >= limits::FRAME_TARGET_BYTES * FULL_ENOUGH_PERCENT) {
                break;
            }
            let guess = self.fitting(limits::FRAME_TARGET_BYTES * 985 / self.permille);
            count = guess.clamp(low + 1, too_many - 1);
        }
        let (count, packed) = match best {
            Some(best) => best,
            None if self.segments.is_empty() => return None,
            None => (1, self.pack(1, codec).0),
        };
        self.segments.drain(..count);
        Some(packed)
    }

    /// How many segments from the front have at most `raw` bytes together; at least one, if there is one.
    fn fitting(&self, raw: usize) -> usize {
        let raw = raw.min(limits::FRAME_RAW_BYTES - RAW_MARGIN);
        let mut sum = 0;
        let mut entries = 0;
        let count = self
            .segments
            .iter()
            .take(limits::RUNS_PER_FRAME)
            .take_while(|segment| {
                sum += segment.raw;
                entries += segment.run.items.len();
                sum <= raw && entries <= limits::ENTRIES_PER_FRAME
            })
            .count();
        count.max(1).min(self.segments.len())
    }

    fn pack(&self, count: usize, codec: &Codec) -> (Packed, usize) {
        let mut runs: Vec<Run> = Vec::new();
        let mut raw = 0;
        for segment in self.segments.iter().take(count) {
            raw += segment.raw;
            let run = &segment.run;
            match runs.last_mut() {
                Some(last) if last.log == run.log && last.first + last.items.len() as u64 == run.first => {
                    last.items.extend(run.items.iter().cloned());
                    last.signature = run.signature;
                }
                _ => runs.push(run.clone()),
            }
        }
        let frame = Frame { partition: self.partition, runs };
        let (entries, body) = (frame.entries(), frame.to_body());
        (Packed { entries, raw: body.size(), bytes: codec.encode_body(body, self.effort) }, raw)
    }
}

const MAX_TRIES: usize = 2;
const FULL_ENOUGH_PERCENT: usize = 93;
/// What an entry has besides its payload, about.
const ITEM_BYTES: usize = 12;
/// Tables, signatures and heads of a frame's body, at most.
const RAW_MARGIN: usize = 160 * 1024;
