//! A tablet's session with the hub over a network that fails in every way a rural network does.
//!
//! A session is advanced one step at a time, so that people answer, others exchange and machines die between any two steps.
//! It does what `link` does with a device, without sockets.

use std::collections::VecDeque;

use chaski_device::{Device, Wish};
use chaski_sync::{
    Client, ClientEffect, ClientEvent, Ingested, Outcome, Refusal, ServerEvent, Summary, Vector, refusal_response,
};

use crate::Broken;
use crate::centre::{Centre, Serving};
use crate::dice::Dice;
use crate::machine::TrueTime;
use crate::sabotage::{Sabotage, Sabotaged};

/// What the network does to one request and its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    Sound,
    /// Nothing arrives.
    NoSignal,
    /// Cut after so many thousandths of the request.
    CutUp(u64),
    /// Cut after so many thousandths of the response.
    CutDown(u64),
    /// A byte of the request, at so many thousandths of it, arrives changed.
    SpoilUp(u64),
    SpoilDown(u64),
    /// The request arrives, and arrives again; the tablet hears the second answer.
    Twice,
    /// The tablet gives up waiting; the request arrives hours later.
    Late,
    /// Something else answers, such as a hotel's login page.
    Rubbish,
    /// An answer to an earlier request comes instead.
    OldAnswer,
    /// The hub has no time.
    Busy,
}

/// What carries requests, and what it remembers of them.
#[derive(Debug)]
pub(crate) struct Network {
    dice: Dice,
    /// How many requests in a hundred meet some failure.
    storms: u64,
    /// Bytes arrive in pieces.
    pieces: bool,
    late: Vec<Vec<u8>>,
    answers: Vec<Vec<u8>>,
}

impl Network {
    pub(crate) fn sound() -> Self {
        Self::stormy(Dice::new(0), 0)
    }

    pub(crate) fn stormy(dice: Dice, storms: u64) -> Self {
        Self { dice, storms, pieces: storms > 0, late: Vec::new(), answers: Vec::new() }
    }

    /// From now on nothing fails; what is still on its way arrives or is lost.
    pub(crate) fn clear_up(&mut self) {
        self.storms = 0;
        self.pieces = false;
    }

    fn weather(&mut self) -> Weather {
        if !self.dice.chance(self.storms) {
            return Weather::Sound;
        }
        let place = self.dice.roll(1_000);
        match self.dice.roll(12) {
            0 => Weather::NoSignal,
            1 | 2 => Weather::CutUp(place),
            3 | 4 => Weather::CutDown(place),
            5 => Weather::SpoilUp(place),
            6 => Weather::SpoilDown(place),
            7 => Weather::Twice,
            8 => Weather::Late,
            9 => Weather::Rubbish,
            10 => Weather::OldAnswer,
            _ => Weather::Busy,
        }
    }

    fn in_pieces(&mut self, bytes: &[u8]) -> VecDeque<Vec<u8>> {
        if !self.pieces || bytes.is_empty() {
            return VecDeque::from([bytes.to_vec()]);
        }
        let size = 1 + self.dice.index(bytes.len());
        bytes.chunks(size).map(<[u8]>::to_vec).collect()
    }

    /// A request that everybody had given up on arrives after all.
    pub(crate) fn deliver_late(
        &mut self,
        centre: &mut Centre,
        time: &TrueTime,
        sabotaged: Sabotaged,
    ) -> Result<bool, Broken> {
        if self.late.is_empty() {
            return Ok(false);
        }
        let place = self.dice.index(self.late.len());
        let request = self.late.swap_remove(place);
        let mut serving = centre.serve();
        let mut answer = serving.turn(centre, time.now(), ServerEvent::Received(request), sabotaged)?;
        answer.extend(serving.turn(centre, time.now(), ServerEvent::RequestEnded, sabotaged)?);
        self.answers.push(answer);
        Ok(true)
    }
}

#[derive(Debug)]
pub(crate) struct Session {
    client: Client,
    effects: VecDeque<ClientEffect>,
    body: Vec<u8>,
    stage: Stage,
    /// What the hub last said under its signature.
    told: Option<Vector>,
    skipped: u64,
}

#[derive(Debug)]
enum Stage {
    /// The client has something to do here.
    Here,
    Up {
        serving: Serving,
        left: VecDeque<Vec<u8>>,
        weather: Weather,
        answer: Vec<u8>,
    },
    Down {
        left: VecDeque<Vec<u8>>,
        whole: bool,
    },
    Settling(Summary),
}

/// What a step came to.
#[derive(Debug)]
pub(crate) enum Step {
    Went,
    /// The hub signed for what it holds.
    Acknowledged(Vector),
    Over(Summary),
}

impl Session {
    pub(crate) fn begin(device: &mut Device, wish: Wish) -> Result<Self, Broken> {
        let config = device.begin_exchange(wish).map_err(Broken::device)?;
        let mut client = Client::new(config);
        let round = device.begin_round().map_err(Broken::device)?;
        let effects = client.step(device.now(), ClientEvent::Round(round)).into();
        Ok(Self { client, effects, body: Vec::new(), stage: Stage::Here, told: None, skipped: 0 })
    }

    /// The hub died in the middle of this exchange, if there is one.
    pub(crate) fn hub_died(&mut self) {
        if let Stage::Up { .. } = self.stage {
            self.stage = Stage::Down { left: VecDeque::new(), whole: false };
        }
    }

    pub(crate) fn advance(
        &mut self,
        device: &mut Device,
        centre: &mut Centre,
        time: &TrueTime,
        network: &mut Network,
        sabotaged: Sabotaged,
    ) -> Result<Step, Broken> {
        if let Some(effect) = self.effects.pop_front() {
            return self.carry_out(device, centre, network, effect, sabotaged);
        }
        match &mut self.stage {
            Stage::Here => Err(Broken::promise("a session waits for something that nobody will do")),
            Stage::Up { serving, left, weather, answer } => {
                if let Some(piece) = left.pop_front() {
                    answer.extend(serving.turn(centre, time.now(), ServerEvent::Received(piece), sabotaged)?);
                    return Ok(Step::Went);
                }
                let weather = *weather;
                let last =
                    if matches!(weather, Weather::CutUp(_)) { ServerEvent::Cut } else { ServerEvent::RequestEnded };
                answer.extend(serving.turn(centre, time.now(), last, sabotaged)?);
                let answer = std::mem::take(answer);
                self.stage = Self::coming_down(network, weather, answer);
                Ok(Step::Went)
            }
            Stage::Down { left, whole } => {
                let event = match (left.pop_front(), *whole) {
                    (Some(piece), _) => ClientEvent::Received(piece),
                    (None, true) => ClientEvent::ResponseEnded,
                    (None, false) => ClientEvent::Cut,
                };
                if !matches!(event, ClientEvent::Received(_)) {
                    self.stage = Stage::Here;
                }
                self.effects.extend(self.client.step(device.now(), event));
                if matches!(self.stage, Stage::Here) && self.effects.is_empty() {
                    // The response is over and the client does not say so: the link takes it for a cut.
                    self.effects.extend(self.client.step(device.now(), ClientEvent::Cut));
                }
                Ok(Step::Went)
            }
            Stage::Settling(summary) => {
                let (more, _) = device.settle_exchange().map_err(Broken::device)?;
                if more {
                    return Ok(Step::Went);
                }
                Ok(Step::Over(summary.clone()))
            }
        }
    }

    fn coming_down(network: &mut Network, weather: Weather, mut answer: Vec<u8>) -> Stage {
        let kept = answer.clone();
        let whole = match weather {
            Weather::CutUp(_) => {
                answer.clear();
                false
            }
            Weather::CutDown(place) => {
                answer.truncate(portion(answer.len(), place));
                false
            }
            Weather::SpoilDown(place) => {
                spoil(&mut answer, place);
                true
            }
            Weather::OldAnswer if !network.answers.is_empty() => {
                answer.clone_from(&network.answers[network.dice.index(network.answers.len())]);
                true
            }
            Weather::Sound
            | Weather::NoSignal
            | Weather::SpoilUp(_)
            | Weather::Twice
            | Weather::Late
            | Weather::Rubbish
            | Weather::OldAnswer
            | Weather::Busy => true,
        };
        if network.pieces && !kept.is_empty() {
            network.answers.push(kept);
        }
        let left = if answer.is_empty() { VecDeque::new() } else { network.in_pieces(&answer) };
        Stage::Down { left, whole }
    }

    fn carry_out(
        &mut self,
        device: &mut Device,
        centre: &mut Centre,
        network: &mut Network,
        effect: ClientEffect,
        sabotaged: Sabotaged,
    ) -> Result<Step, Broken> {
        let event = match effect {
            ClientEffect::BeginRound => {
                self.stage = Stage::Here;
                self.body.clear();
                ClientEvent::Round(device.begin_round().map_err(Broken::device)?)
            }
            ClientEffect::Send(bytes) => {
                self.body.extend(bytes);
                return Ok(Step::Went);
            }
            ClientEffect::EndRequest => {
                self.stage = self.going_up(centre, network);
                return Ok(Step::Went);
            }
            ClientEffect::Load(wanted) => ClientEvent::Loaded(device.load_entries(&wanted).map_err(Broken::device)?),
            ClientEffect::Open(introduction) => {
                let Some(problem) = device.introduce(&introduction).map_err(Broken::device)? else {
                    return Ok(Step::Went);
                };
                ClientEvent::NotOpened(problem)
            }
            ClientEffect::Ingest(frame) if sabotaged.by(Sabotage::SkipAFrame) && self.skipped == 0 => {
                self.skipped += 1;
                let new = frame.runs.iter().map(|run| run.items.len() as u64).sum();
                ClientEvent::Ingested(Ingested { new, ..Ingested::default() })
            }
            ClientEffect::Ingest(frame) => ClientEvent::Ingested(device.ingest(&frame).map_err(Broken::device)?),
            ClientEffect::Acknowledged(word) => {
                device.acknowledge(&word).map_err(Broken::device)?;
                self.told = Some(word.vector.clone());
                return Ok(Step::Acknowledged(word.vector));
            }
            ClientEffect::Progress(_) => return Ok(Step::Went),
            ClientEffect::Done(summary) => {
                self.check_complete(device, &summary)?;
                device.end_exchange(&summary).map_err(Broken::device)?;
                self.effects.clear();
                self.stage = Stage::Settling(summary);
                return Ok(Step::Went);
            }
        };
        self.effects.extend(self.client.step(device.now(), event));
        Ok(Step::Went)
    }

    /// Who calls an exchange complete holds what the hub said it holds.
    fn check_complete(&self, device: &mut Device, summary: &Summary) -> Result<(), Broken> {
        if summary.outcome != Outcome::Complete || !summary.problems.is_empty() {
            return Ok(());
        }
        let ours = device.begin_round().map_err(Broken::device)?.vector;
        for (partition, theirs) in self.told.iter().flat_map(|told| &told.0) {
            let held = ours.partition(*partition).cloned().unwrap_or_default();
            let lacked = theirs.entries_beyond(&held);
            if lacked > 0 && !summary.denied.contains_key(partition) {
                return Err(Broken::promise(format!(
                    "the exchange is called complete, and {lacked} entries of {partition} are missing"
                )));
            }
        }
        Ok(())
    }

    fn going_up(&mut self, centre: &mut Centre, network: &mut Network) -> Stage {
        let mut body = std::mem::take(&mut self.body);
        let weather = network.weather();
        let mut left = VecDeque::new();
        match weather {
            Weather::NoSignal => return Stage::Down { left, whole: false },
            Weather::Late => {
                network.late.push(body);
                return Stage::Down { left, whole: false };
            }
            Weather::Rubbish => {
                let mut rubbish = vec![0; 40 + network.dice.index(2_000)];
                network.dice.fill(&mut rubbish);
                if network.dice.chance(50) {
                    rubbish.splice(0..0, b"chsk\x01\x01\x01".iter().copied());
                }
                left.push_back(rubbish);
                return Stage::Down { left, whole: true };
            }
            Weather::Busy => {
                left.push_back(refusal_response(&Refusal::Unavailable));
                return Stage::Down { left, whole: true };
            }
            Weather::CutUp(place) => body.truncate(portion(body.len(), place)),
            Weather::SpoilUp(place) => spoil(&mut body, place),
            Weather::Twice => network.late.push(body.clone()),
            Weather::Sound | Weather::CutDown(_) | Weather::SpoilDown(_) | Weather::OldAnswer => {}
        }
        left = network.in_pieces(&body);
        Stage::Up { serving: centre.serve(), left, weather, answer: Vec::new() }
    }
}

/// A whole session at once.
pub(crate) fn whole(
    device: &mut Device,
    centre: &mut Centre,
    time: &TrueTime,
    network: &mut Network,
    sabotaged: Sabotaged,
) -> Result<Summary, Broken> {
    let mut session = Session::begin(device, Wish::Asked)?;
    loop {
        if let Step::Over(summary) = session.advance(device, centre, time, network, sabotaged)? {
            return Ok(summary);
        }
    }
}

fn portion(len: usize, thousandths: u64) -> usize {
    len * thousandths as usize / 1_000
}

fn spoil(bytes: &mut [u8], thousandths: u64) {
    let place = portion(bytes.len(), thousandths);
    if let Some(byte) = bytes.get_mut(place) {
        *byte = byte.wrapping_add(1 + (thousandths % 255) as u8);
    }
}
