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
}

/// A log that was introduced.
#[derive(Debug)]
pub(crate) enum Introduced {
    Admitted(Box<Introduction>),
    Refused(Problem),
}

impl Inbox {
    pub(crate) fn new(codec: Arc<Codec>, roster: Arc<Roster>) -> Self {
        Self { codec, roster, introductions: 0 }
    }

    pub(crate) fn opening(&mut self, body: &[u8]) -> Result<Introduced, Malformed> {
        self.introductions += 1;
        if self.introductions > limits::OPENINGS {
            let found = self.introductions as u64;
            return Err(Malformed::TooLarge { what: "exchange", found, limit: limits::OPENINGS as u64 });
        }
        let introduction = Introduction::from_bytes(body)?;
        Ok(match check_introduction(&self.roster, &introduction) {
            Ok(()) => Introduced::Admitted(Box::new(introduction)),
            Err(code) => Introduced::Refused(Problem { log: introduction.opening.log(), code, seq: 0 }),
        })
    }

    pub(crate) fn frame(&self, body: &[u8]) -> Result<Frame, FrameError> {
        self.codec.decode(body)
    }
}
