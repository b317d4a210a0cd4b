use chaski_values::{Partition, Timestamp};

use super::*;
use crate::testing::{TLS_SPKI_SHA256, TestProgramme, label};
use crate::{CertificateRequest, RenewalRefusal, Revocations, RevokedDevice, RevokedPerson, Role};

const HOUR: i64 = 60 * 60 * 1_000;
const HUANTA: &str = "050401";
const ANDAHUAYLAS: &str = "030201";

fn at(hours: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + hours * HOUR).unwrap()
}

/// A programme with one person invited, who holds this ticket and these keys.
struct Invitee {
    programme: TestProgramme,
    ticket: Ticket,
    person: PersonId,
    device_key: SigningKey,
    user_key: SigningKey,
}

fn invitee() -> Invitee {
    let mut programme = TestProgramme::founded(at(0));
    let (grant, ticket) = programme.grant(Role::Agent, &[HUANTA], at(0));
    let person = grant.person;
    programme.issue(grant);
    let (device_key, user_key) = (programme.key(), programme.key());
    Invitee { programme, ticket, person, device_key, user_key }
}

impl Invitee {
    fn request(&self) -> Signed<EnrolRequest> {
        EnrolRequest::make(&self.ticket, &self.device_key, &self.user_key, label("Tableta 3"), at(1))
    }

    fn accept(&self, reply: &Signed<EnrolReply>) -> Result<Enrolled, EnrolRefusal> {
        EnrolReply::accept(reply, &self.ticket.fingerprint(), &self.request(), &TLS_SPKI_SHA256)
    }
}

#[test]
fn an_invited_person_is_let_in_and_both_screens_agree() {
    let mut actor = invitee();
    let request = Signed::from_bytes(&actor.request().to_bytes()).unwrap();
    let reply = actor.programme.answer(&request, at(1)).unwrap();
    let enrolled = actor.accept(&Signed::from_bytes(&reply.to_bytes()).unwrap()).unwrap();
    assert_eq!(enrolled.person, actor.person);
    assert_eq!(enrolled.grant.role, Role::Agent);
    assert_eq!(enrolled.certificate.device(), actor.device_key.verifying_key().device_id());
    assert_eq!(enrolled.confirmation, Confirmation::of(&request, &reply));
    let shown = enrolled.confirmation.to_string();
    assert_eq!((shown.len(), shown.chars().nth(3)), (7, Some(' ')));
    let district = Partition::District(HUANTA.parse().unwrap());
    let device = enrolled.certificate.device();
    assert_eq!(enrolled.roster.may(Some(actor.person), device, Action::Capture, district, at(2)), Ok(()));
}

#[test]
fn a_lost_reply_is_asked_for_again_and_a_used_invitation_is_refused() {
    let mut actor = invitee();
    let request = actor.request();
    actor.programme.answer(&request, at(1)).unwrap();
    let again = actor.programme.answer(&request, at(200)).unwrap();
    assert!(actor.accept(&again).is_ok(), "the same request is answered again, even after the invitation is over");

    let thief =
        EnrolRequest::make(&actor.ticket, &actor.programme.key(), &actor.programme.key(), label("Tableta 4"), at(2));
    assert_eq!(actor.programme.answer(&thief, at(2)).unwrap_err(), EnrolRefusal::InvitationUsed);
}

#[test]
fn an_invitation_ends_and_only_a_granted_one_counts() {
    let mut actor = invitee();
    let request = actor.request();
    assert_eq!(actor.programme.answer(&request, at(24)).unwrap_err(), EnrolRefusal::InvitationOver(at(24)));
    assert_eq!(actor.programme.answer(&request, at(365 * 24)).unwrap_err().code(), "enrol_invitation_over");
    let guess = Ticket::new([0; 16], actor.ticket.fingerprint());
    let request = EnrolRequest::make(&guess, &actor.device_key, &actor.user_key, label("T"), at(1));
    assert_eq!(actor.programme.answer(&request, at(1)).unwrap_err(), EnrolRefusal::UnknownInvitation);
    assert!(actor.programme.answer(&actor.request(), at(23)).is_ok());
}

#[test]
fn each_of_the_three_keys_has_to_be_held() {
    let actor = invitee();
    let roster = actor.programme.roster();
    let admit = |request: Signed<EnrolRequest>| EnrolRequest::admit(&request, &roster, at(1)).unwrap_err();
    let honest = actor.request();
    let stranger = SigningKey::from_seed(&[0xee; 32]);

    let by_another_device = Signed::sign(honest.claims().clone(), &stranger);
    assert_eq!(admit(by_another_device).code(), "enrol_not_signed");

    let mut body = honest.claims().clone();
    body.binding = Signed::sign(body.binding.claims().clone(), &stranger);
    assert_eq!(admit(Signed::sign(body, &actor.device_key)).code(), "enrol_not_signed");

    let mut body = honest.claims().clone();
    body.user_key_proof = stranger.sign(Domain::UserKeyProof, body.binding.payload());
    assert_eq!(admit(Signed::sign(body, &actor.device_key)), EnrolRefusal::UserKeyUnproven);
}

#[test]
fn no_changed_byte_of_a_request_or_a_reply_is_accepted() {
    let mut actor = invitee();
    let request = actor.request();
    let roster = actor.programme.roster();
    let bytes = request.to_bytes();
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        let admitted = Signed::from_bytes(&changed)
            .map_err(EnrolRefusal::from)
            .and_then(|request| EnrolRequest::admit(&request, &roster, at(1)));
        assert!(admitted.is_err(), "request byte {index}");
    }
    let bytes = actor.programme.answer(&request, at(1)).unwrap().to_bytes();
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        let accepted = Signed::from_bytes(&changed).map_err(EnrolRefusal::from).and_then(|reply| actor.accept(&reply));
        assert!(accepted.is_err(), "reply byte {index}");
    }
}

#[test]
fn a_tablet_accepts_only_its_own_hubs_answer_to_its_own_request() {
    let mut actor = invitee();
    let request = actor.request();
    let reply = actor.programme.answer(&request, at(1)).unwrap();
    let fingerprint = actor.ticket.fingerprint();

    let refused = EnrolReply::accept(&reply, &fingerprint, &request, &[0; 32]).unwrap_err();
    assert_eq!(refused, EnrolRefusal::OtherHub);

    let other = EnrolRequest::make(&actor.ticket, &actor.device_key, &actor.user_key, label("T"), at(2));
    let refused = EnrolReply::accept(&reply, &fingerprint, &other, &TLS_SPKI_SHA256).unwrap_err();
    assert_eq!(refused, EnrolRefusal::OtherRequest);

    let elsewhere = Fingerprint::from_bytes([1; 10]);
    let refused = EnrolReply::accept(&reply, &elsewhere, &request, &TLS_SPKI_SHA256).unwrap_err();
    assert_eq!(refused.code(), "enrol_other_programme");

    let stranger = SigningKey::from_seed(&[0xee; 32]);
    let forged = Signed::sign(reply.claims().clone(), &stranger);
    assert_eq!(actor.accept(&forged).unwrap_err().code(), "enrol_not_signed");

    let someone_else = EnrolReply { person: PersonId::from_bytes([9; 16]), ..reply.claims().clone() };
    let refused = actor.accept(&Signed::sign(someone_else, &actor.programme.hub)).unwrap_err();
    assert_eq!(refused, EnrolRefusal::Incomplete(None));

    // The reply has to bring, in this order: root, hub, issuer, grant, certificate, binding.
    let codes: Vec<&str> = (0..reply.claims().items.len())
        .map(|missing| {
            let mut body = reply.claims().clone();
            body.items.remove(missing);
            actor.accept(&Signed::sign(body, &actor.programme.hub)).unwrap_err().code()
        })
        .collect();
    let incomplete = "enrol_incomplete";
    assert_eq!(
        codes,
        ["enrol_other_programme", "enrol_hub_not_certified", incomplete, incomplete, incomplete, incomplete]
    );
}

#[test]
fn who_was_revoked_or_whose_term_is_over_is_not_let_in() {
    let mut actor = invitee();
    let device = actor.device_key.verifying_key().device_id();
    let (person, moment) = (actor.person, at(1));
    for (list, expected) in [
        (
            Revocations { devices: vec![RevokedDevice { device, at: moment }], ..Revocations::none(moment) },
            EnrolRefusal::DeviceRevoked(device),
        ),
        (
            Revocations { people: vec![RevokedPerson { person, at: moment }], ..Revocations::none(moment) },
            EnrolRefusal::PersonRevoked,
        ),
    ] {
        let mut programme = actor.programme.clone();
        programme.items.push(Signed::sign(list, &programme.issuer).into());
        assert_eq!(programme.answer(&actor.request(), at(1)).unwrap_err(), expected);
    }
    let (mut grant, ticket) = actor.programme.grant(Role::Agent, &[HUANTA], at(0));
    grant.term.until = at(2);
    actor.programme.issue(grant);
    let request = EnrolRequest::make(&ticket, &actor.device_key, &actor.user_key, label("T"), at(3));
    assert_eq!(actor.programme.answer(&request, at(3)).unwrap_err(), EnrolRefusal::TermOver(at(2)));
}

#[test]
fn a_shared_tablet_gets_everybodys_districts_and_renewal_drops_who_left() {
    let mut programme = TestProgramme::founded(at(0));
    let first = programme.member(Role::Agent, &[HUANTA], at(0));
    let second = programme.member_on(&first.device_key, Role::Agent, &[ANDAHUAYLAS], at(1));
    let roster = programme.roster();
    assert_eq!(roster.device(first.device).unwrap().scope, crate::testing::scope(&[HUANTA, ANDAHUAYLAS]));

    let list =
        Revocations { people: vec![RevokedPerson { person: second.person, at: at(2) }], ..Revocations::none(at(2)) };
    programme.items.push(Signed::sign(list, &programme.issuer).into());
    let roster = programme.roster();
    let ask = |hub| CertificateRequest::make(&first.device_key, label("Tableta 3"), hub, at(3));
    let renewed = CertificateRequest::renew(&ask(programme.hub_id()), &roster, &programme.hub, at(3)).unwrap();
    assert_eq!(renewed.claims().scope, crate::testing::scope(&[HUANTA]));

    let refused = |request, now| CertificateRequest::renew(&request, &roster, &programme.hub, now).unwrap_err();
    let elsewhere = DeviceId::from_bytes([9; 16]);
    assert_eq!(refused(ask(elsewhere), at(3)), RenewalRefusal::OtherHub(elsewhere));
    assert_eq!(refused(ask(programme.hub_id()), at(366 * 24)), RenewalRefusal::NobodyLeft(first.device));
    let stranger = SigningKey::from_seed(&[0xee; 32]);
    let strange = CertificateRequest::make(&stranger, label("T"), programme.hub_id(), at(3));
    assert_eq!(refused(strange, at(3)), RenewalRefusal::DeviceUnknown(stranger.verifying_key().device_id()));
    let forged = Signed::sign(ask(programme.hub_id()).claims().clone(), &stranger);
    assert!(matches!(refused(forged, at(3)), RenewalRefusal::Trust(_)));
}
