//! The bytes of every frozen format, and what every decoder does with bytes that are not its own.

use chaski_values::{DeviceId, Hash32, PersonId, Timestamp};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::testing::{label, scope};
use crate::*;

fn at(days: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + days * 86_400_000).unwrap()
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The payload's bytes are frozen in full; the signature is deterministic, so its hash with the rest is enough.
#[track_caller]
fn check<T>(statement: T, expected: Expect)
where
    T: Statement + Clone + PartialEq + std::fmt::Debug,
{
    let signed = Signed::sign(statement.clone(), &key(1));
    let bytes = signed.to_bytes();
    let whole = Hash32::of_content(&bytes);
    let payload: Vec<String> = signed.payload().chunks(50).map(hex).collect();
    expected.assert_eq(&format!("{}\n{} bytes, {whole}\n", payload.join("\n"), bytes.len()));
    let read = Signed::<T>::from_bytes(&bytes).unwrap();
    assert_eq!(read.verify(&key(1).verifying_key()), Ok(&statement));
    assert!(read.verify(&key(2).verifying_key()).is_err());
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 0x11;
        let accepted = Signed::<T>::from_bytes(&changed).is_ok_and(|read| read.verify(&key(1).verifying_key()).is_ok());
        assert!(!accepted, "byte {index}");
        assert!(Signed::<T>::from_bytes(&bytes[..index]).is_err(), "{index} bytes");
    }
}

fn validity() -> Validity {
    Validity { from: at(0), until: at(365) }
}

fn root() -> ProgrammeRoot {
    ProgrammeRoot { key: key(1).verifying_key(), name: label("Aliados"), founded: at(0) }
}

fn hub() -> HubCertificate {
    HubCertificate {
        key: key(3).verifying_key(),
        name: label("Centro"),
        tls_spki_sha256: [0x71; 32],
        scope: Scope::Everywhere,
        validity: validity(),
    }
}

fn device() -> DeviceCertificate {
    DeviceCertificate {
        key: key(4).verifying_key(),
        hub: key(3).verifying_key().device_id(),
        name: label("Tableta 3"),
        scope: scope(&["050401", "030201"]),
        issued_at: at(1),
        not_after: at(91),
    }
}

fn grant() -> Grant {
    Grant {
        person: PersonId::from_bytes([5; 16]),
        names: Names::new("Nélida", "Mendoza", None).unwrap(),
        role: Role::Officer,
        scope: scope(&["050401"]),
        term: validity(),
        issued_at: at(0),
        invitation: Some(Invitation { key: key(6).verifying_key(), until: at(1) }),
        association: Some(label("Apu Razuhuillca")),
    }
}

fn binding() -> Binding {
    Binding {
        invitation: key(6).verifying_key(),
        device_key: key(4).verifying_key(),
        user_key: key(7).verifying_key(),
        at: at(1),
    }
}

fn revocations() -> Revocations {
    Revocations {
        epoch: 7,
        issued_at: at(2),
        devices: vec![RevokedDevice { device: DeviceId::from_bytes([8; 16]), at: at(2) }],
        people: vec![RevokedPerson { person: PersonId::from_bytes([5; 16]), at: at(2) }],
        grants: vec![RevokedGrant { grant: Hash32::from_bytes([9; 32]), at: at(2) }],
        keys: vec![RevokedKey { key: key(3).verifying_key(), at: at(2) }],
    }
}

fn request() -> EnrolRequest {
    let ticket = Ticket::new([0xa5; 16], Fingerprint::from_bytes([0x3c; 10]));
    EnrolRequest::make(&ticket, &key(4), &key(7), label("Tableta 3"), at(1)).claims().clone()
}

fn reply() -> EnrolReply {
    EnrolReply {
        request: Hash32::from_bytes([9; 32]),
        hub: DeviceId::from_bytes([8; 16]),
        person: PersonId::from_bytes([5; 16]),
        at: at(1),
        items: vec![Signed::sign(root(), &key(1)).into(), RosterItem::Unknown { kind: 99, bytes: vec![1, 2, 3] }],
    }
}

#[test]
fn programme_root() {
    check(
        root(),
        expect![[r#"
        82018358208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c67416c6961646f731b000001a0
        c4506c00
        124 bytes, e24a6b52b45943864784900935aa3382abd0842f981e6c5aafc6e06ca550fbf6
    "#]],
    );
}

#[test]
fn hub_certificate() {
    check(
        hub(),
        expect![[r#"
        8201855820ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d16643656e74726f582071717171
        71717171717171717171717171717171717171717171717171717171f6821b000001a0c4506c001b000001a81c019800
        168 bytes, 05aeb2f2419cf03cda6a588c793ae23ace168cd61aed62a114ea4954b4d81df1
    "#]],
    );
}

#[test]
fn roster_certificate() {
    check(
        RosterCertificate { key: key(2).verifying_key(), validity: validity() },
        expect![[r#"
        82018258208139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394821b000001a0c4506c001b0000
        01a81c019800
        126 bytes, 2acc6affbdd5dfbf219db0c87a204e7f84fd82fef59bae96dc3673c31d63bcc8
    "#]],
    );
}

#[test]
fn device_certificate() {
    check(
        device(),
        expect![[r#"
        8201865820ca93ac1705187071d67b83c7ff0efe8108e8ec4530575d7726879333dbdabe7c506ac917fef482564d2901533c
        cf1fd1c4695461626c65746120338266303330323031663035303430311b000001a0c976c8001b000001a298f32000
        167 bytes, 8d025947f85170e6607f9dab2fabf7400625fc6aa9af001249533c3ca4cecdb7
    "#]],
    );
}

#[test]
fn grants() {
    check(
        grant(),
        expect![[r#"
        820188500505050505050505050505050505050583674ec3a96c696461674d656e646f7a61f6028166303530343031821b00
        0001a0c4506c001b000001a81c0198001b000001a0c4506c008258208a875fff1eb38451577acd5afee405456568dd7c89e0
        90863a0557bc7af49f171b000001a0c976c8006f4170752052617a756875696c6c6361
        205 bytes, ad2aaff08971465c7d6a374cb8d897e2aee36914ad64af39375760e675b2dbfc
    "#]],
    );
    let renewal = Grant { invitation: None, association: None, scope: Scope::Everywhere, ..grant() };
    check(
        renewal,
        expect![[r#"
        820186500505050505050505050505050505050583674ec3a96c696461674d656e646f7a61f602f6821b000001a0c4506c00
        1b000001a81c0198001b000001a0c4506c00
        138 bytes, 327dd8eeeb30f4ccc51c03140ae06efc1366ef655bc0f7a9a2c478190109b257
    "#]],
    );
}

#[test]
fn bindings() {
    check(
        binding(),
        expect![[r#"
        82018458208a875fff1eb38451577acd5afee405456568dd7c89e090863a0557bc7af49f175820ca93ac1705187071d67b83
        c7ff0efe8108e8ec4530575d7726879333dbdabe7c5820ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea
        691446d22c1b000001a0c976c800
        184 bytes, 495954109c7cb4ab53fc58c9dc51104b635c7f204a6e891b0280382c01aeec99
    "#]],
    );
}

#[test]
fn revocation_lists() {
    check(
        revocations(),
        expect![[r#"
        820186071b000001a0ce9d2400818250080808080808080808080808080808081b000001a0ce9d2400818250050505050505
        050505050505050505051b000001a0ce9d240081825820090909090909090909090909090909090909090909090909090909
        09090909091b000001a0ce9d240081825820ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1
        1b000001a0ce9d2400
        229 bytes, 1d21d3296a156d6be9189f4b7221bff017f4f8b8ed43e433d53f97554d9851e1
    "#]],
    );
}

#[test]
fn enrolment_request() {
    check(
        request(),
        expect![[r#"
        820183695461626c6574612033830158728201845820f63581ce05ea3d45af865464574678e9afe34984c58a24b3deeccfa8
        28d1c97a5820ca93ac1705187071d67b83c7ff0efe8108e8ec4530575d7726879333dbdabe7c5820ea4a6c63e29c520abef5
        507b132ec5f9954776aebebe7b92421eea691446d22c1b000001a0c976c80058403de6db3f55f3c6bd68672cbe50d9a88945
        ae5051c73e2180c3162d1a0900499cd269c9de774a96304ed2cfc3b34a7ae09b3123cf6567076797b51c03699d0a06584028
        ab57f5a28678a20c30e2d84c8d7ecf7ef8f47424b492c27f7b08b1cdbeb59341fa93f98a8d1a0ebfa9dd9a07e34da6db3df4
        26365317cb546af039e198050a
        334 bytes, 05f549644e2cec4ad2a8cfc0bff1935ce417fb84a60c636b0b12d2362c1b2bce
    "#]],
    );
}

#[test]
fn enrolment_reply() {
    check(
        reply(),
        expect![[r#"
        8201855820090909090909090909090909090909090909090909090909090909090909090950080808080808080808080808
        0808080850050505050505050505050505050505051b000001a0c976c800828201587c8301583682018358208a88e3dd7409
        f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c67416c6961646f731b000001a0c4506c0058401900d3ff0e
        7dc340811bd9cfd38efa5696d879cbba7e87a2fc1b9e0dabc52c489d0169042f8649f1efb692b2ddf9a88fefac6e22f0fc8d
        842be725c74c37870682186343010203
        286 bytes, cd282bcfb4dd82070006fe8b58dc99d562fe11b998fdc0451a7609af41d05fa2
    "#]],
    );
}

#[test]
fn certificate_request() {
    let hub = key(3).verifying_key().device_id();
    check(
        CertificateRequest { key: key(4).verifying_key(), name: label("Tableta 3"), hub, at: at(80) },
        expect![[r#"
        8201845820ca93ac1705187071d67b83c7ff0efe8108e8ec4530575d7726879333dbdabe7c695461626c6574612033506ac9
        17fef482564d2901533ccf1fd1c41b000001a2604d2c00
        143 bytes, e9c0cd2b6684939d17f031688f455d79280245a1c9b638eb0279235bc230c728
    "#]],
    );
}

#[test]
fn identities() {
    let signed = Signed::sign(grant(), &key(1));
    expect!["bbeff32c4e854a3eab9e3e003ea680ee57da94071a349d4e73880178feb54450"].assert_eq(&signed.hash().to_string());
    let item = RosterItem::from(signed);
    expect!["84e83072fe2f4cde89de1088a0698e374059eca87b278760f961bea25d8daa32"].assert_eq(&item.id().to_string());
    expect!["06924ea9-3f9e-1fd4-33c2-8922d75e1d41"].assert_eq(&key(4).verifying_key().device_id().to_string());
    expect!["1ef2 cc8f 151a cf4f 3d2c"].assert_eq(&root().fingerprint().to_string());
    assert_eq!(RosterItem::from_bytes(&item.to_bytes()), Ok(item));
}

#[test]
fn an_item_of_a_later_kind_is_passed_on_as_it_is() {
    let item = RosterItem::Unknown { kind: 99, bytes: vec![0xff, 0x00] };
    assert_eq!(RosterItem::from_bytes(&item.to_bytes()), Ok(item));
}

/// Valid bytes of each kind, to spoil.
fn samples() -> Vec<Vec<u8>> {
    vec![
        Signed::sign(root(), &key(1)).to_bytes(),
        Signed::sign(hub(), &key(1)).to_bytes(),
        Signed::sign(device(), &key(1)).to_bytes(),
        Signed::sign(grant(), &key(1)).to_bytes(),
        Signed::sign(binding(), &key(1)).to_bytes(),
        Signed::sign(revocations(), &key(1)).to_bytes(),
        Signed::sign(request(), &key(1)).to_bytes(),
        Signed::sign(reply(), &key(1)).to_bytes(),
        RosterItem::from(Signed::sign(grant(), &key(1))).to_bytes(),
    ]
}

/// Reads as everything there is; what is read is written back byte for byte.
fn read_as_everything(bytes: &[u8]) {
    fn read<T: Statement>(bytes: &[u8]) {
        if let Ok(read) = Signed::<T>::from_bytes(bytes) {
            assert_eq!(read.to_bytes(), bytes);
        }
        // The statement without its envelope, which a forger can put any bytes in.
        let _ = cbor::from_slice::<T>(T::NAME, bytes, T::MAX_BYTES);
    }
    read::<ProgrammeRoot>(bytes);
    read::<HubCertificate>(bytes);
    read::<RosterCertificate>(bytes);
    read::<DeviceCertificate>(bytes);
    read::<Grant>(bytes);
    read::<Binding>(bytes);
    read::<Revocations>(bytes);
    read::<EnrolRequest>(bytes);
    read::<EnrolReply>(bytes);
    read::<CertificateRequest>(bytes);
    let _ = Keyring::from_bytes(bytes);
    let _ = cbor::from_slice::<WrappedKeys>("wrapped keys", bytes, 1_000);
    if let Ok(item) = RosterItem::from_bytes(bytes) {
        assert_eq!(item.to_bytes(), bytes);
    }
}

proptest! {
    #[test]
    fn every_decoder_survives_arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_as_everything(&bytes);
    }

    #[test]
    fn every_decoder_survives_spoiled_bytes(
        sample in 0..9_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = samples().swap_remove(sample);
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        read_as_everything(&bytes);
    }

    #[test]
    fn a_statement_under_a_good_signature_may_still_be_rubbish(payload in proptest::collection::vec(any::<u8>(), 0..200)) {
        let signature = key(1).sign(Domain::Grant, &payload);
        let bytes = cbor::to_vec(&(1_u8, minicbor::bytes::ByteVec::from(payload), signature));
        read_as_everything(&bytes);
    }
}
