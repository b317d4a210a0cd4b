use std::sync::Arc;

use chaski_trust::Roster;

use crate::standing::check_introduction;
use crate::{Codec, Frame, FrameError, Introduction, Malformed, Problem, limits};

/// Takes in what the other side sends, as far as the roster lets it.
#[derive(Debug)]
pub(crate) struct Inbox {
    codec: Arc<Codec>,
    roster: Arc<Roster>,
    introductions: usize,
    frames: usize,
    /// Bytes of all frames, decompressed.
    raw: usize,
}

/// A log that was introduced.
#[derive(Debug)]
pub(crate) enum Introduced {
    Admitted(Box<Introduction>),
    Refused(Problem),
}

impl Inbox {
    pub(crate) fn new(codec: Arc<Codec>, roster: Arc<Roster>) -> Self {
        Self { codec, roster, introductions: 0, frames: 0, raw: 0 }
    }

    pub(crate) fn opening(&mut self, body: &[u8]) -> Result<Introduced, Malformed> {
        self.introductions += 1;
        within(self.introductions, limits::OPENINGS)?;
        let introduction = Introduction::from_bytes(body)?;
        Ok(match check_introduction(&self.roster, &introduction) {
            Ok(()) => Introduced::Admitted(Box::new(introduction)),
            Err(code) => Introduced::Refused(Problem { log: introduction.opening.log(), code, seq: 0 }),
        })
    }

    pub(crate) fn frame(&mut self, body: &[u8]) -> Result<Frame, FrameError> {
        self.frames += 1;
        within(self.frames, limits::FRAMES)?;
        let body = self.codec.decompress(body)?;
        self.raw = self.raw.saturating_add(body.size());
        within(self.raw, limits::REQUEST_RAW_BYTES)?;
        Ok(Frame::from_body(&body)?)
    }
}

fn within(found: usize, limit: usize) -> Result<(), Malformed> {
    let too_large = Malformed::TooLarge { what: "exchange", found: found as u64, limit: limit as u64 };
    if found <= limit { Ok(()) } else { Err(too_large) }
}
