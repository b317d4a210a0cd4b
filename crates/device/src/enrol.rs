//! Becoming part of a programme: a ticket, two keys made here, and the hub's signed answer.
//!
//! The request is made and kept before it is sent. If the answer is lost on the way, the same ticket and PIN send the same
//! request again, and the hub gives the same answer: a lost reply costs nobody a new ticket.

use chaski_store::{StoreError, keyring};
use chaski_trust::{
    DatabaseKey, EnrolRefusal, EnrolReply, EnrolRequest, Fingerprint, HubAddress, Keyring, KeyringPerson, Label,
    Newcomer, PersonKeys, Pin, PinGate, Signed, SigningKey, Ticket, WrapEntropy, WrappedKeys,
};
use chaski_values::PersonId;

use crate::identity::Identity;
use crate::surroundings::random;
use crate::view::{Enrolled, Status};
use crate::work::Work;
use crate::{Device, DeviceError, Result};

/// A request on its way to the hub, and what is needed to judge the answer.
#[derive(Debug, Clone)]
pub struct PendingEnrolment {
    pub hub: HubAddress,
    /// To be sent as it is.
    pub request: Vec<u8>,
    request_signed: Signed<EnrolRequest>,
    fingerprint: Fingerprint,
    pin: Pin,
}

/// The person is known only from the hub's answer; until then the keys are wrapped for nobody.
const NOBODY: PersonId = PersonId::from_bytes([0; 16]);
const PENDING: &str = "enrolment";

impl Device {
    /// Reads the ticket, makes the keys, and makes the request to send to the hub's `/v1/enrol`.
    ///
    /// `ticket` is a code, or the `chaski:` address a QR holds; then `hub` may be empty. On a tablet that is enrolled, the
    /// ticket adds a person.
    ///
    /// # Errors
    /// When the ticket, the address, the name or the PIN cannot be used, or the keys cannot be kept.
    pub fn begin_enrolment(
        &mut self,
        ticket: &str,
        hub: &str,
        device_name: &str,
        pin: &str,
        pin_again: &str,
    ) -> Result<PendingEnrolment> {
        let (ticket, hub) = read_ticket(ticket, hub)?;
        if pin != pin_again {
            return Err(DeviceError::PinsDiffer);
        }
        let pin = Pin::chosen(pin)?;
        if self.keyring.is_some() {
            return self.begin_adding(&ticket, hub, pin);
        }
        let device_name = Label::new(device_name)?;
        let secret = self.around.device_secret().map_err(DeviceError::Keys)?;
        if let Some(again) = self.same_request(&ticket, &hub, &pin)? {
            return Ok(again);
        }
        let keys = PersonKeys {
            database: DatabaseKey::from_bytes(random(&*self.around)),
            user: SigningKey::from_seed(&random(&*self.around)),
        };
        let mut identity = Identity::fresh(&*self.around);
        let request = EnrolRequest::make(&ticket, &identity.device_key, &keys.user, device_name, self.around.now());
        identity.request = Some((request.to_bytes(), keys.user.clone()));
        let wrapped = self.wrap(&keys, NOBODY, &pin, &secret)?;
        identity.write(&self.folder, &keys.database, &*self.around)?;
        keyring::replace(
            &self.folder.join(PENDING),
            &minicbor::to_vec(&wrapped).expect("writing to memory cannot fail"),
        )?;
        Ok(PendingEnrolment {
            hub,
            request: request.to_bytes(),
            request_signed: request,
            fingerprint: ticket.fingerprint(),
            pin,
        })
    }

    /// The request that was made from this ticket before, if its answer never came.
    fn same_request(&self, ticket: &Ticket, hub: &HubAddress, pin: &Pin) -> Result<Option<PendingEnrolment>> {
        let Some(keys) = self.pending_keys(pin)? else { return Ok(None) };
        let Ok(Some(identity)) = Identity::read(&self.folder, &keys.database) else { return Ok(None) };
        let Some((bytes, _)) = identity.request else { return Ok(None) };
        let request: Signed<EnrolRequest> = Signed::from_bytes(&bytes).map_err(EnrolRefusal::from)?;
        let same = request.claims().binding.claims().invitation == ticket.invitation_key().verifying_key();
        Ok(same.then(|| PendingEnrolment {
            hub: hub.clone(),
            request: bytes,
            request_signed: request,
            fingerprint: ticket.fingerprint(),
            pin: pin.clone(),
        }))
    }

    fn pending_keys(&self, pin: &Pin) -> Result<Option<PersonKeys>> {
        let Some(bytes) = keyring::read(&self.folder.join(PENDING))? else { return Ok(None) };
        let Ok(wrapped) = minicbor::decode::<WrappedKeys>(&bytes) else { return Ok(None) };
        let secret = self.around.device_secret().map_err(DeviceError::Keys)?;
        Ok(wrapped.unwrap(NOBODY, pin, &secret).ok())
    }

    /// Judges the hub's answer and keeps what it gave. The person can begin once the digits were compared
    /// ([`Self::confirm_enrolment`]); until then nothing is exchanged and nobody works.
    ///
    /// `tls_spki_sha256` is the hash of the key the connection was made to.
    ///
    /// # Errors
    /// When the answer does not let this tablet in, or something cannot be kept; the request can be sent again then.
    pub fn finish_enrolment(
        &mut self,
        pending: &PendingEnrolment,
        reply: &[u8],
        tls_spki_sha256: &[u8; 32],
    ) -> Result<Enrolled> {
        let reply: Signed<EnrolReply> = Signed::from_bytes(reply).map_err(EnrolRefusal::from)?;
        let enrolled = EnrolReply::accept(&reply, &pending.fingerprint, &pending.request_signed, tls_spki_sha256)?;
        let keys = match &self.keyring {
            Some(_) => self.finish_adding(pending, &enrolled)?,
            None => self.finish_first(pending, &enrolled)?,
        };
        let secret = self.around.device_secret().map_err(DeviceError::Keys)?;
        let names = &enrolled.grant.names;
        let person = KeyringPerson {
            person: enrolled.person,
            shown_name: Label::new(format!("{} {}", names.given(), names.paternal()))?,
            initials: Label::new(names.initials())?,
            role: enrolled.grant.role,
            keys: self.wrap(&keys, enrolled.person, &pending.pin, &secret)?,
            gate: PinGate::new(),
        };
        let programme = enrolled.roster.programme().name.clone();
        let mut ring =
            self.keyring.clone().unwrap_or_else(|| Keyring::new(programme.clone(), enrolled.certificate.name.clone()));
        let tile = self.tile(&person);
        ring.expect(Newcomer { person, confirmation: enrolled.confirmation });
        self.replace_keyring(ring)?;
        // From here on the keyring opens the database; the request has served.
        self.drop_request();
        self.newcomer = Some((enrolled.person, keys.user));
        Ok(Enrolled { confirmation: enrolled.confirmation.to_string(), programme: programme.to_string(), person: tile })
    }

    /// The first person: the database is made, and what the hub gave is kept in and beside it. The request stays until the
    /// keyring has the keys.
    fn finish_first(&mut self, pending: &PendingEnrolment, enrolled: &chaski_trust::Enrolled) -> Result<PersonKeys> {
        let keys = self.pending_keys(&pending.pin)?.ok_or(EnrolRefusal::OtherRequest)?;
        self.work = None;
        let database = self.database();
        let open = |around| Work::open(&self.folder, &database, &keys.database, around);
        let mut work = match open(self.around.clone()) {
            Err(DeviceError::Store(StoreError::WrongKey(_))) => {
                // Without a keyring nobody has that key any more.
                let away = chaski_store::put_away(&database, self.around.now())?;
                tracing::warn!(file = %away.display(), "a database that nobody has the key of was put away");
                open(self.around.clone())?
            }
            other => other?,
        };
        work.settle(&pending.hub, &pending.fingerprint, enrolled)?;
        self.work = Some(work);
        Ok(keys)
    }

    /// A further person on a tablet that is enrolled.
    fn finish_adding(&mut self, pending: &PendingEnrolment, enrolled: &chaski_trust::Enrolled) -> Result<PersonKeys> {
        let work = self.open_work()?;
        let kept = work.kept_request().filter(|(request, _)| *request == pending.request_signed);
        let (_, user) = kept.ok_or(EnrolRefusal::OtherRequest)?;
        work.settle(&pending.hub, &pending.fingerprint, enrolled)?;
        Ok(PersonKeys { database: work.database_key().clone(), user })
    }

    /// If this is cut short, the request lies there and is of no use to anybody.
    fn drop_request(&mut self) {
        let dropped = self.work.as_mut().map_or(Ok(()), Work::drop_request);
        let removed = keyring::remove(&self.folder.join(PENDING)).map_err(DeviceError::from);
        if let Err(error) = dropped.and(removed) {
            tracing::warn!(code = error.code(), "a request to enrol that was answered is still there");
        }
    }

    /// Somebody saw the same digits on both screens: the newcomer may work, and the tablet exchanges.
    ///
    /// # Errors
    /// When nobody enrolled here, or it cannot be kept.
    pub fn confirm_enrolment(&mut self) -> Result<Status> {
        let mut ring = self.keyring.clone().ok_or(DeviceError::NotEnrolled)?;
        let Some(person) = ring.newcomer().map(|newcomer| newcomer.person.person) else { return Ok(self.status()) };
        ring.confirm();
        self.replace_keyring(ring)?;
        // A new PIN: what was guessed at the old one does not count.
        self.keep_gate(person, PinGate::new());
        if let Some((newcomer, key)) = self.newcomer.take()
            && let Some(work) = self.work.as_mut().filter(|_| newcomer == person)
        {
            work.begin(person, key)?;
        }
        Ok(self.status())
    }

    /// The digits differed, or nobody could compare them: the newcomer's keys are forgotten, and with the last person
    /// everything that makes this tablet the programme's. Nothing was exchanged in between.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn cancel_enrolment(&mut self) -> Result<Status> {
        self.newcomer = None;
        let Some(mut ring) = self.keyring.clone() else { return Ok(self.status()) };
        if ring.newcomer().is_none() {
            return Ok(self.status());
        }
        ring.turn_away();
        if ring.is_empty() {
            if let Some(work) = self.work.take() {
                work.close()?;
            }
            // Its wrapped key goes first: what is left after a cut opens nothing, and the next enrolment writes over it.
            self.drop_keyring()?;
            keyring::remove(&self.folder.join(PENDING))?;
            Identity::remove(&self.folder)?;
        } else {
            self.replace_keyring(ring)?;
        }
        Ok(self.status())
    }

    /// A further person on a tablet that is enrolled: the device's key stays, theirs is new.
    fn begin_adding(&mut self, ticket: &Ticket, hub: HubAddress, pin: Pin) -> Result<PendingEnrolment> {
        let around = self.around.clone();
        let name = self.keyring.as_ref().map(|ring| ring.device_name.clone()).ok_or(DeviceError::NotEnrolled)?;
        let now = around.now();
        let work = self.open_work()?;
        work.check_programme(&ticket.fingerprint())?;
        let invitation = ticket.invitation_key().verifying_key();
        let kept =
            work.kept_request().filter(|(request, _)| request.claims().binding.claims().invitation == invitation);
        let request = match kept {
            Some((request, _)) => request,
            None => {
                let user = SigningKey::from_seed(&random(&*around));
                let request = EnrolRequest::make(ticket, work.device_key(), &user, name, now);
                work.keep_request(&request, &user)?;
                request
            }
        };
        Ok(PendingEnrolment {
            hub,
            request: request.to_bytes(),
            request_signed: request,
            fingerprint: ticket.fingerprint(),
            pin,
        })
    }

    fn wrap(
        &self,
        keys: &PersonKeys,
        person: PersonId,
        pin: &Pin,
        secret: &chaski_trust::DeviceSecret,
    ) -> Result<WrappedKeys> {
        let entropy = WrapEntropy { salt: random(&*self.around), nonce: random(&*self.around) };
        WrappedKeys::wrap(keys, person, pin, secret, self.around.kdf(), entropy).map_err(DeviceError::Wrap)
    }
}

fn read_ticket(ticket: &str, hub: &str) -> Result<(Ticket, HubAddress)> {
    if ticket.trim().starts_with("chaski:") {
        let (ticket, inside) = Ticket::from_url(ticket.trim()).map_err(DeviceError::BadTicket)?;
        // An address typed beside the ticket is the newer word: the office may have moved its hub.
        let hub = if hub.trim().is_empty() { inside } else { HubAddress::new(hub.trim())? };
        return Ok((ticket, hub));
    }
    let ticket = Ticket::from_code(ticket).map_err(DeviceError::BadTicket)?;
    Ok((ticket, HubAddress::new(hub.trim())?))
}
