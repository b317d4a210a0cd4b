use std::fmt::Write;

use chaski_values::{Partition, Timestamp};
use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::testing::{TestMember, TestProgramme, label, scope};
use crate::{
    DeviceCertificate, Revocations, RevokedDevice, RevokedGrant, RevokedKey, RevokedPerson, Scope, SigningKey, Validity,
};

const DAY: i64 = 24 * 60 * 60 * 1_000;
const HUANTA: &str = "050401";
const ANDAHUAYLAS: &str = "030201";

fn at(days: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + days * DAY).unwrap()
}

fn district(code: &str) -> Partition {
    Partition::District(code.parse().unwrap())
}

fn programme() -> TestProgramme {
    TestProgramme::founded(at(0))
}

fn may(programme: &TestProgramme, member: &TestMember, action: Action, partition: Partition, days: i64) -> String {
    match programme.roster().may(Some(member.person), member.device, action, partition, at(days)) {
        Ok(()) => "yes".to_owned(),
        Err(denial) => denial.code().to_owned(),
    }
}

#[test]
fn the_table_of_roles() {
    let mut table = String::new();
    for role in Role::ALL {
        let mut programme = programme();
        let member = programme.member(role, &[HUANTA], at(0));
        for action in Action::ALL {
            let verdict = |partition| may(&programme, &member, action, partition, 1);
            let (own, other, common) =
                (verdict(district(HUANTA)), verdict(district(ANDAHUAYLAS)), verdict(Partition::Programme));
            let (role, action) = (role.code(), format!("{action:?}"));
            writeln!(table, "{role:13} {action:10} own {own:15} other {other:20} programme {common}").unwrap();
        }
    }
    expect![[r#"
        agent         Read       own yes             other device_outside_scope programme yes
        agent         Capture    own yes             other device_outside_scope programme wrong_partition
        agent         Resolve    own yes             other device_outside_scope programme wrong_partition
        agent         Review     own role_forbids    other device_outside_scope programme wrong_partition
        agent         Sign       own role_forbids    other device_outside_scope programme wrong_partition
        agent         Publish    own wrong_partition other device_outside_scope programme role_forbids
        agent         Administer own wrong_partition other device_outside_scope programme role_forbids
        officer       Read       own yes             other device_outside_scope programme yes
        officer       Capture    own yes             other device_outside_scope programme wrong_partition
        officer       Resolve    own yes             other device_outside_scope programme wrong_partition
        officer       Review     own role_forbids    other device_outside_scope programme wrong_partition
        officer       Sign       own yes             other device_outside_scope programme wrong_partition
        officer       Publish    own wrong_partition other device_outside_scope programme role_forbids
        officer       Administer own wrong_partition other device_outside_scope programme role_forbids
        supervisor    Read       own yes             other device_outside_scope programme yes
        supervisor    Capture    own yes             other device_outside_scope programme wrong_partition
        supervisor    Resolve    own yes             other device_outside_scope programme wrong_partition
        supervisor    Review     own yes             other device_outside_scope programme wrong_partition
        supervisor    Sign       own role_forbids    other device_outside_scope programme wrong_partition
        supervisor    Publish    own wrong_partition other device_outside_scope programme role_forbids
        supervisor    Administer own wrong_partition other device_outside_scope programme role_forbids
        office        Read       own yes             other device_outside_scope programme yes
        office        Capture    own yes             other device_outside_scope programme wrong_partition
        office        Resolve    own yes             other device_outside_scope programme wrong_partition
        office        Review     own yes             other device_outside_scope programme wrong_partition
        office        Sign       own role_forbids    other device_outside_scope programme wrong_partition
        office        Publish    own wrong_partition other device_outside_scope programme role_forbids
        office        Administer own wrong_partition other device_outside_scope programme role_forbids
        administrator Read       own yes             other device_outside_scope programme yes
        administrator Capture    own role_forbids    other device_outside_scope programme wrong_partition
        administrator Resolve    own role_forbids    other device_outside_scope programme wrong_partition
        administrator Review     own role_forbids    other device_outside_scope programme wrong_partition
        administrator Sign       own role_forbids    other device_outside_scope programme wrong_partition
        administrator Publish    own wrong_partition other device_outside_scope programme yes
        administrator Administer own wrong_partition other device_outside_scope programme yes
    "#]]
    .assert_eq(&table);
}

#[test]
fn a_machine_without_a_person_reads_and_a_hub_publishes() {
    let mut programme = programme();
    let member = programme.member(Role::Agent, &[HUANTA], at(0));
    let roster = programme.roster();
    let alone =
        |device, action, partition| roster.may(None, device, action, partition, at(1)).map_err(|denial| denial.code());
    assert_eq!(alone(member.device, Action::Read, district(HUANTA)), Ok(()));
    assert_eq!(alone(member.device, Action::Read, district(ANDAHUAYLAS)), Err("device_outside_scope"));
    assert_eq!(alone(member.device, Action::Capture, district(HUANTA)), Err("nobody_named"));
    assert_eq!(alone(member.device, Action::Publish, Partition::Programme), Err("nobody_named"));
    assert_eq!(alone(programme.hub_id(), Action::Publish, Partition::Programme), Ok(()));
    assert_eq!(alone(programme.hub_id(), Action::Capture, district(HUANTA)), Err("nobody_named"));
    assert_eq!(alone(programme.hub_id(), Action::Administer, Partition::Programme), Err("nobody_named"));
    assert_eq!(alone(DeviceId::from_bytes([9; 16]), Action::Read, Partition::Programme), Err("device_unknown"));
    assert_eq!(roster.readable(member.device, at(1)), Ok(&scope(&[HUANTA])));
    assert_eq!(roster.readable(programme.hub_id(), at(1)), Ok(&Scope::Everywhere));
}

#[test]
fn a_term_and_a_certificate_end() {
    let mut programme = programme();
    let member = programme.member(Role::Agent, &[HUANTA], at(0));
    let capture = |programme: &TestProgramme, days| may(programme, &member, Action::Capture, district(HUANTA), days);
    assert_eq!(capture(&programme, -1), "term_not_begun");
    assert_eq!(capture(&programme, 0), "yes");
    assert_eq!(capture(&programme, 89), "yes");
    assert_eq!(capture(&programme, 90), "device_expired");
    let renewed = programme.roster().certify(
        member.device_key.verifying_key(),
        label("Tableta 3"),
        scope(&[HUANTA]),
        &programme.hub,
        at(360),
    );
    programme.items.push(renewed.unwrap().into());
    assert_eq!(capture(&programme, 120), "yes", "what it wrote while away is taken after renewal");
    assert_eq!(capture(&programme, 364), "yes");
    assert_eq!(capture(&programme, 365), "term_over");
}

#[test]
fn a_moved_device_writes_late_for_its_old_district_and_reads_only_the_new_one() {
    let mut programme = programme();
    let member = programme.member(Role::Agent, &[HUANTA, ANDAHUAYLAS], at(0));
    let key = member.device_key.verifying_key();
    let moved =
        programme.roster().certify(key, label("Tableta 3"), scope(&[ANDAHUAYLAS]), &programme.hub, at(10)).unwrap();
    programme.items.push(moved.into());
    assert_eq!(may(&programme, &member, Action::Capture, district(HUANTA), 20), "yes");
    assert_eq!(may(&programme, &member, Action::Read, district(HUANTA), 20), "device_outside_scope");
    assert_eq!(programme.roster().readable(member.device, at(20)), Ok(&scope(&[ANDAHUAYLAS])));
}

#[test]
fn nobody_speaks_on_a_tablet_where_they_never_enrolled() {
    let mut programme = programme();
    let agent = programme.member(Role::Agent, &[HUANTA], at(0));
    let officer = programme.member(Role::Officer, &[HUANTA], at(0));
    let elsewhere = TestMember { device: agent.device, ..officer.clone() };
    assert_eq!(may(&programme, &officer, Action::Sign, district(HUANTA), 1), "yes");
    assert_eq!(may(&programme, &elsewhere, Action::Sign, district(HUANTA), 1), "not_enrolled_here");
    let shared = programme.member_on(&agent.device_key, Role::Officer, &[HUANTA], at(1));
    assert_eq!(shared.device, agent.device);
    assert_eq!(may(&programme, &shared, Action::Sign, district(HUANTA), 1), "yes");
    assert_eq!(may(&programme, &agent, Action::Capture, district(HUANTA), 1), "yes");
}

fn list(epoch: u64, change: impl FnOnce(&mut Revocations)) -> Revocations {
    let mut list = Revocations { epoch, ..Revocations::none(at(1)) };
    change(&mut list);
    list
}

#[test]
fn revocation_of_a_device_a_person_or_a_grant() {
    let mut programme = programme();
    let member = programme.member(Role::Agent, &[HUANTA], at(0));
    let grant = programme.roster().person(member.person).unwrap().grants[0].0;
    let (device, person, at) = (member.device, member.person, at(1));
    for (revocations, expected) in [
        (list(1, |list| list.devices.push(RevokedDevice { device, at })), "device_revoked"),
        (list(1, |list| list.people.push(RevokedPerson { person, at })), "person_revoked"),
        (list(1, |list| list.grants.push(RevokedGrant { grant, at })), "person_unknown"),
    ] {
        for signer in [programme.root.clone(), programme.issuer.clone()] {
            let mut programme = programme.clone();
            programme.items.push(Signed::sign(revocations.clone(), &signer).into());
            assert_eq!(may(&programme, &member, Action::Capture, district(HUANTA), 0), expected);
        }
        let mut forged = programme.clone();
        forged.items.push(Signed::sign(revocations, &programme.hub).into());
        assert_eq!(may(&forged, &member, Action::Capture, district(HUANTA), 1), "yes", "a hub revokes nobody");
        assert_eq!(refusals(&forged), [Refusal::WrongSigner]);
    }
    assert_eq!(programme.roster().device_key(member.device), Some(member.device_key.verifying_key()));
}

#[test]
fn a_higher_epoch_replaces_and_the_two_signers_add_up() {
    let mut programme = programme();
    let member = programme.member(Role::Agent, &[HUANTA], at(0));
    let revoked = RevokedDevice { device: member.device, at: at(1) };
    programme.items.push(Signed::sign(list(1, |list| list.devices.push(revoked.clone())), &programme.issuer).into());
    assert!(programme.roster().is_device_revoked(member.device));
    programme.items.push(Signed::sign(list(2, |_| ()), &programme.issuer).into());
    assert!(!programme.roster().is_device_revoked(member.device));
    programme.items.push(Signed::sign(list(u64::MAX, |_| ()), &programme.issuer).into());
    programme.items.push(Signed::sign(list(1, |list| list.devices.push(revoked)), &programme.root).into());
    assert!(programme.roster().is_device_revoked(member.device), "a stolen issuer key cannot shut the root out");
}

#[test]
fn the_root_takes_back_a_hub_or_an_issuer_with_all_it_signed() {
    let mut programme = programme();
    let member = programme.member(Role::Agent, &[HUANTA], at(0));
    let take = |key: VerifyingKey| list(1, |list| list.keys.push(RevokedKey { key, at: at(1) }));
    for (key, expected) in
        [(programme.hub.verifying_key(), "device_unknown"), (programme.issuer.verifying_key(), "person_unknown")]
    {
        let mut programme = programme.clone();
        programme.items.push(Signed::sign(take(key), &programme.root).into());
        assert_eq!(may(&programme, &member, Action::Capture, district(HUANTA), 1), expected);
    }
    programme.items.push(Signed::sign(take(programme.hub.verifying_key()), &programme.issuer).into());
    assert_eq!(may(&programme, &member, Action::Capture, district(HUANTA), 1), "yes", "only the root may");
}

fn refusals(programme: &TestProgramme) -> Vec<Refusal> {
    let (_, refused) = Roster::from_items(&programme.fingerprint(), &programme.items).unwrap();
    refused.into_iter().map(|item| item.reason).collect()
}

#[test]
fn a_captured_hub_can_neither_make_an_officer_nor_speak_for_one() {
    let mut programme = programme();
    let officer = programme.member(Role::Officer, &[HUANTA], at(0));
    let mallory = programme.key();
    let own_user_key = programme.key();

    // It certifies a tablet of its own: the certificate counts, and the officer still never enrolled there.
    let tablet = programme.roster().certify(
        mallory.verifying_key(),
        label("Tableta 3"),
        Scope::Everywhere,
        &programme.hub,
        at(1),
    );
    programme.items.push(tablet.unwrap().into());
    let on_mallorys = TestMember { device: mallory.verifying_key().device_id(), ..officer.clone() };
    assert_eq!(may(&programme, &on_mallorys, Action::Sign, district(HUANTA), 1), "not_enrolled_here");
    let on_the_hub = TestMember { device: programme.hub_id(), ..officer.clone() };
    assert_eq!(may(&programme, &on_the_hub, Action::Sign, district(HUANTA), 1), "not_enrolled_here");
    assert_eq!(refusals(&programme), []);

    // It signs a grant: only a roster key can.
    let (grant, ticket) = programme.grant(Role::Officer, &[HUANTA], at(1));
    programme.items.push(Signed::sign(grant, &programme.hub.clone()).into());
    assert_eq!(refusals(&programme), [Refusal::WrongSigner]);
    programme.items.pop();

    // It binds the officer to its tablet by an invitation of its own, which no grant holds.
    let binding = Binding {
        invitation: ticket.invitation_key().verifying_key(),
        device_key: mallory.verifying_key(),
        user_key: own_user_key.verifying_key(),
        at: at(1),
    };
    programme.items.push(Signed::sign(binding.clone(), &ticket.invitation_key()).into());
    assert_eq!(refusals(&programme), [Refusal::NoInvitation]);
    programme.items.pop();

    // It names the officer's own invitation, whose key it does not have.
    let (_, grant) = &programme.roster().person(officer.person).unwrap().grants[0].clone();
    let binding = Binding { invitation: grant.invitation.unwrap().key, ..binding };
    programme.items.push(Signed::sign(binding, &programme.hub.clone()).into());
    assert_eq!(refusals(&programme), [Refusal::WrongSigner]);
    assert_eq!(may(&programme, &on_mallorys, Action::Sign, district(HUANTA), 1), "not_enrolled_here");
    assert_eq!(may(&programme, &officer, Action::Sign, district(HUANTA), 1), "yes");
}

#[test]
fn a_hub_certifies_only_inside_its_own_certificate() {
    let mut programme = TestProgramme::founded(at(0));
    let district_hub = programme.key();
    let certificate = HubCertificate {
        key: district_hub.verifying_key(),
        name: label("Oficina de Huanta"),
        tls_spki_sha256: [2; 32],
        scope: scope(&[HUANTA]),
        validity: Validity { from: at(0), until: at(30) },
    };
    programme.items.push(Signed::sign(certificate, &programme.root).into());
    let key = programme.key().verifying_key();
    let by_the_book = programme.roster().certify(key, label("T"), Scope::Everywhere, &district_hub, at(5)).unwrap();
    assert_eq!((&by_the_book.claims().scope, by_the_book.claims().not_after), (&scope(&[HUANTA]), at(30)));
    assert!(programme.roster().certify(key, label("T"), Scope::Everywhere, &district_hub, at(30)).is_none());

    let honest = by_the_book.claims().clone();
    for (wrong, signer, expected) in [
        (honest.clone(), &district_hub, None),
        (DeviceCertificate { scope: Scope::Everywhere, ..honest.clone() }, &district_hub, Some(Refusal::BeyondSigner)),
        (DeviceCertificate { not_after: at(31), ..honest.clone() }, &district_hub, Some(Refusal::BeyondSigner)),
        (DeviceCertificate { issued_at: at(-1), ..honest.clone() }, &district_hub, Some(Refusal::BeyondSigner)),
        (honest.clone(), &programme.hub, Some(Refusal::WrongSigner)),
        (
            DeviceCertificate { hub: DeviceId::from_bytes([9; 16]), ..honest },
            &district_hub,
            Some(Refusal::UnknownSigner),
        ),
    ] {
        let mut programme = programme.clone();
        programme.items.push(Signed::sign(wrong, signer).into());
        assert_eq!(refusals(&programme), expected.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn an_issuer_grants_only_while_its_certificate_holds() {
    let mut programme = programme();
    let (grant, _) = programme.grant(Role::Agent, &[HUANTA], at(-1));
    programme.issue(grant);
    assert_eq!(refusals(&programme), [Refusal::BeyondSigner]);
}

#[test]
fn an_invitation_that_was_used_twice_binds_nobody() {
    let mut programme = programme();
    let (grant, ticket) = programme.grant(Role::Officer, &[HUANTA], at(0));
    let person = grant.person;
    programme.issue(grant);
    for _ in 0..2 {
        let (device_key, user_key) = (programme.key().verifying_key(), programme.key().verifying_key());
        let invitation = ticket.invitation_key();
        let binding = Binding { invitation: invitation.verifying_key(), device_key, user_key, at: at(0) };
        programme.items.push(Signed::sign(binding, &invitation).into());
    }
    assert_eq!(refusals(&programme), [Refusal::InvitationContested; 2]);
    assert!(programme.roster().person(person).unwrap().bindings.is_empty());
}

#[test]
fn of_several_grants_any_may_allow_and_the_nearest_says_why_not() {
    let mut programme = programme();
    let member = programme.member(Role::Agent, &[HUANTA], at(0));
    let (renewal, _) = programme.grant(Role::Supervisor, &[ANDAHUAYLAS], at(0));
    programme.issue(Grant { person: member.person, invitation: None, ..renewal });
    assert_eq!(may(&programme, &member, Action::Capture, district(HUANTA), 1), "yes");
    assert_eq!(may(&programme, &member, Action::Review, district(HUANTA), 1), "outside_scope");
    assert_eq!(may(&programme, &member, Action::Sign, district(HUANTA), 1), "role_forbids");
    let roles: Vec<Role> = programme.roster().person(member.person).unwrap().roles(at(1)).into_iter().collect();
    assert_eq!(roles, [Role::Agent, Role::Supervisor]);
}

#[test]
fn without_the_root_there_is_no_roster() {
    let (one, mut other) = (programme(), programme());
    other.items.remove(0);
    assert_eq!(
        Roster::from_items(&one.fingerprint(), &other.items).unwrap_err(),
        RosterError::NoRoot(one.fingerprint())
    );
    let stranger = SigningKey::from_seed(&[0xee; 32]);
    let false_root = ProgrammeRoot { key: one.root.verifying_key(), name: label("Aliados"), founded: at(0) };
    other.items.push(Signed::sign(false_root, &stranger).into());
    assert!(Roster::from_items(&one.fingerprint(), &other.items).is_err());
}

#[test]
fn debug_names_nobody() {
    let mut programme = programme();
    programme.member(Role::Agent, &[HUANTA], at(0));
    let shown = format!("{:?} {:?}", programme.roster(), programme);
    for personal in ["lida", "Mendoza", "Guti"] {
        assert!(!shown.contains(personal));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn the_order_of_arrival_makes_no_difference(seed: u64) {
        let mut programme = programme();
        let member = programme.member(Role::Agent, &[HUANTA], at(0));
        programme.member_on(&member.device_key, Role::Officer, &[ANDAHUAYLAS], at(1));
        let revoked = RevokedDevice { device: member.device, at: at(1) };
        programme.items.push(Signed::sign(list(1, |list| list.devices.push(revoked)), &programme.issuer).into());
        let expected = format!("{:?}", programme.roster());
        let mut state = seed;
        let mut items = programme.items.clone();
        items.extend(programme.items.clone());
        for index in (1..items.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            items.swap(index, (state >> 33) as usize % (index + 1));
        }
        programme.items = items;
        prop_assert_eq!(format!("{:?}", programme.roster()), expected);
    }
}
