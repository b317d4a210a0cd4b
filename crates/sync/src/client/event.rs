use std::collections::BTreeSet;
use std::sync::Arc;

use chaski_trust::{DeviceCertificate, Roster, Signature, Signed, SigningKey, VerifyingKey};
use chaski_values::LogId;

use super::Summary;
use crate::exchange::{Loaded, Progress, Wanted};
use crate::{Acknowledgement, Codec, Frame, Ingested, Introduction, Problem, Vector};

/// What a device brings to a session.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    pub key: SigningKey,
    /// The hub's key, from its certificate.
    pub hub: VerifyingKey,
    pub roster: Arc<Roster>,
    pub codec: Arc<Codec>,
    /// The device's own certificate, shown at the first meeting and when the hub asks for it. A hub that meets another has
    /// none: the roster has its own kind.
    pub certificate: Option<Signed<DeviceCertificate>>,
    /// The hub's vector as it last acknowledged it; empty at the first meeting.
    pub acknowledged: Vector,
    pub push: Push,
    /// Bytes after which a request ends with "there is more", at most one frame over: [`limits::EXCHANGE_BYTES`].
    pub budget: usize,
}

/// When the first exchange of a session sends entries: [`Summary::next_push`] of the session before. Where that is not
/// known, at once: that may waste bytes, and harms nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Push {
    /// At once, those above what the hub acknowledged.
    AtOnce,
    /// Only when the hub has said what it holds.
    AfterVector,
}

/// What the device holds as an exchange begins, read from the store in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Sixteen random bytes, new for each exchange.
    pub nonce: [u8; 16],
    /// Every partition that the device serves, even one of which it holds nothing yet.
    pub vector: Vector,
    /// The logs that this device writes now.
    pub own: BTreeSet<LogId>,
}

/// What happened. Give them in the order in which they happened; an answer to an effect before anything else that comes.
#[derive(Debug)]
pub enum ClientEvent {
    /// Begins the session, and answers each [`ClientEffect::BeginRound`].
    Round(Round),
    /// Bytes of the response, in whatever pieces.
    Received(Vec<u8>),
    /// The response came to its end.
    ResponseEnded,
    /// The connection failed or was cut.
    Cut,
    /// A log of [`ClientEffect::Open`] was not kept.
    NotOpened(Problem),
    /// Answers [`ClientEffect::Ingest`].
    Ingested(Ingested),
    /// Answers [`ClientEffect::Load`].
    Loaded(Loaded),
    /// The store could not do what an effect asked.
    StoreFailed,
}

/// What to do, in order.
#[derive(Debug, PartialEq, Eq)]
pub enum ClientEffect {
    /// Open a new request; answer with [`ClientEvent::Round`].
    BeginRound,
    /// Bytes of the request.
    Send(Vec<u8>),
    /// The request is whole: end it and read the response.
    EndRequest,
    /// Answer with [`ClientEvent::Loaded`].
    Load(Wanted),
    /// Keep a log's opening and certificate, if they are new. Answer with [`ClientEvent::NotOpened`] when it is one too many
    /// of its device; else there is nothing to answer.
    Open(Box<Introduction>),
    /// Verify against the store and append ([`crate::plan_ingest`]), durably; answer with [`ClientEvent::Ingested`].
    Ingest(Frame),
    /// Remember what the hub holds, with its signed word for it. Nothing to answer.
    Acknowledged(Acknowledged),
    Progress(Progress),
    /// The session is over.
    Done(Summary),
}

/// A hub's word for what it holds, verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// What the hub holds, for [`ClientConfig::acknowledged`] of the next session and for showing where a record is. Of a
    /// partition that the device may not receive any more, only the logs that the device has.
    pub vector: Vector,
    pub acknowledgement: Acknowledgement,
    pub signature: Signature,
}
