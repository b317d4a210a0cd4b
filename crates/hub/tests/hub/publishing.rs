use std::fs;

use chaski_hub::{Hub, HubError, InitOptions, Published, Stranding};
use chaski_store::RecordFilter;
use chaski_trust::Role;

use crate::tablet::Tablet;
use crate::world::{World, noise, programme, programme_copy, workbook};

fn options() -> InitOptions {
    InitOptions { url: "https://127.0.0.1:8443".to_owned(), name: None }
}

#[test]
fn a_hub_is_made_whole_with_its_secrets_for_this_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("hub");
    let report = Hub::init(&place, &programme(), &options()).unwrap();
    assert_eq!((report.people.len(), report.forms.len(), report.lists.len()), (9, 3, 4));
    assert!(report.people.iter().all(|person| person.link().starts_with("chaski:enrol?code=CHSK-")));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &str| fs::metadata(place.join(path)).unwrap().permissions().mode() & 0o777;
        for file in ["keys/hub.key", "keys/store.key", "keys/tls.key", "keys/console.token"] {
            assert_eq!(mode(file), 0o600, "{file}");
        }
        for file in ["offline/root.key", "offline/issuer.key"] {
            assert_eq!(mode(file), 0o600, "{file}");
        }
        assert_eq!((mode("keys"), mode("offline")), (0o700, 0o700));
        assert_eq!(fs::read_dir(place.join("offline/tickets")).unwrap().count(), 9);
    }
    let text = format!("{report:?}");
    assert!(!text.contains("Rosa") && !text.contains("CHSK"), "{text}");

    let taken = Hub::init(&place, &programme(), &options()).unwrap_err();
    assert!(matches!(taken, HubError::FolderTaken(_)));
}

/// Makes a hub of a spoiled programme, and shows that nothing was made.
fn refused(spoil: impl FnOnce(&std::path::Path)) -> HubError {
    let folder = tempfile::tempdir().unwrap();
    let programme = programme_copy(folder.path());
    spoil(&programme);
    let error = Hub::init(&folder.path().join("hub"), &programme, &options()).unwrap_err();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was made");
    error
}

#[test]
fn a_spoiled_programme_makes_nothing() {
    let error = refused(|folder| fs::write(folder.join("forms/site_visit.xlsx"), b"no workbook").unwrap());
    let HubError::BadForms(bad) = &error else { panic!("{error}") };
    assert_eq!(bad[0].file, "site_visit.xlsx");
    assert!(bad[0].errors.0[0].to_string().contains("not an Excel workbook"));

    let error = refused(|folder| fs::remove_file(folder.join("lists/directivos.csv")).unwrap());
    assert!(error.to_string().contains("directivos.csv"), "{error}");

    let settings = |folder: &std::path::Path, from: &str, to: &str| {
        let path = folder.join("programme.json");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        fs::write(path, text.replace(from, to)).unwrap();
    };
    let error = refused(|folder| settings(folder, r#""role": "supervisor""#, r#""role": "king""#));
    assert!(error.to_string().starts_with("programme.json: person number 4: `king` is no role"), "{error}");
    let error = refused(|folder| settings(folder, "site_visit.xlsx", "../forms/site_visit.xlsx"));
    assert!(error.to_string().contains("without folders"), "{error}");
    let error = refused(|folder| settings(folder, r#""provincias.csv", "#, ""));
    assert!(error.to_string().contains("provincias.csv"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_changed_is_published_and_tablets_get_it() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    let visit = rosa.begin(world.form().form.as_str(), world.form().version);
    rosa.sync(&world).await;
    let entries = world.hub.count_entries().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let programme = programme_copy(folder.path());
    let report = world.hub.publish(&programme, Stranding::Refuse).unwrap();
    assert!(report.items.iter().all(|item| matches!(item, Published::AsBefore(_))), "{:?}", report.items);
    assert_eq!((world.hub.count_entries().unwrap(), report.uninvited), (entries, Vec::new()));

    let list = programme.join("lists/proyectos.csv");
    let text = fs::read_to_string(&list).unwrap().replace("Quesos de altura", "Quesos y yogures");
    fs::write(&list, text).unwrap();
    // As `chaski hub publish` does, beside the hub that serves.
    let report = Hub::open(&world.hub_folder()).unwrap().publish(&programme, Stranding::Refuse).unwrap();
    let changed: Vec<_> = report.items.iter().filter(|item| matches!(item, Published::Changed(_))).collect();
    assert_eq!(changed, [&Published::Changed("proyectos.csv".to_owned())]);
    let session = rosa.sync(&world).await;
    assert_eq!(session.summary.new, 1);
    world.hub.settle().unwrap();
    let row = &world.hub.records(&RecordFilter::default()).unwrap()[0];
    assert_eq!(row.record, visit);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_form_names_beside_it_is_published_with_it() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    rosa.sync(&world).await;
    let folder = tempfile::tempdir().unwrap();
    let programme = programme_copy(folder.path());
    let settings = programme.join("programme.json");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace(r#""site_visit.xlsx", "#, r#""site_visit.xlsx", "censo.xlsx", "#)).unwrap();
    workbook(
        &programme.join("forms/censo.xlsx"),
        &[
            (
                "survey",
                &[
                    &["type", "name", "label", "media::image", "media::audio"],
                    &["select_one_from_file lugares.csv", "place", "Place", "", ""],
                    &["note", "map", "Map", "mapa.png", "saludo.ogg"],
                ],
            ),
            ("settings", &[&["form_id"], &["censo"]]),
        ],
    );
    let publish = || world.hub.publish(&programme, Stranding::Refuse);
    let error = publish().unwrap_err().to_string();
    assert!(
        error.starts_with("censo.xlsx looks things up in `lugares.csv`, which is not in forms/censo-media"),
        "{error}"
    );

    let beside = programme.join("forms/censo-media");
    fs::create_dir(&beside).unwrap();
    fs::write(beside.join("lugares.csv"), "name,label\nsar,Sarhua\n").unwrap();
    let picture = noise(150_000);
    fs::write(beside.join("mapa.png"), &picture).unwrap();
    let before = world.hub.count_entries().unwrap();
    let report = publish().unwrap();
    let changed: Vec<_> = report.items.iter().filter(|item| matches!(item, Published::Changed(_))).collect();
    let named = |name: &str| Published::Changed(name.to_owned());
    assert_eq!(changed, [&named("lugares.csv"), &named("censo.xlsx"), &named("mapa.png")]);
    let censo = report.forms.iter().find(|form| form.file == "censo.xlsx").unwrap();
    assert_eq!(censo.missing, ["saludo.ogg"]);
    // The table, the form, the name and three pieces.
    assert_eq!(world.hub.count_entries().unwrap(), before + 6);
    let session = rosa.sync(&world).await;
    assert_eq!(session.summary.new, 6, "they go the way that everything goes");

    let report = publish().unwrap();
    assert!(report.items.iter().all(|item| matches!(item, Published::AsBefore(_))), "{:?}", report.items);
    // The same bytes under a further name need no pieces.
    fs::write(beside.join("saludo.ogg"), &picture).unwrap();
    assert_eq!(publish().unwrap().forms.iter().flat_map(|form| &form.missing).count(), 0);
    assert_eq!(world.hub.count_entries().unwrap(), before + 7);

    fs::write(beside.join("mapa.png"), vec![7; 3 << 20]).unwrap();
    assert!(matches!(publish().unwrap_err(), HubError::AttachmentTooLarge { bytes: 3_145_728, .. }));
    fs::write(beside.join("mapa.png"), &picture).unwrap();
    fs::write(beside.join("lugares.csv"), b"name\n\xff\n").unwrap();
    assert!(matches!(publish().unwrap_err(), HubError::BadList { .. }));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_cannot_read_the_answers_so_far_is_published_only_when_it_is_meant() {
    let mut world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let programme = programme_copy(folder.path());
    let census = |kind: &str| {
        let file = programme.join("forms/censo.xlsx");
        workbook(
            &file,
            &[
                ("survey", &[&["type", "name", "label"], &["text", "name", "Name"], &[kind, "age", "Age"]]),
                ("settings", &[&["form_id"], &["censo"]]),
            ],
        );
        let bytes = fs::read(file).unwrap();
        chaski_forms::read_xlsx(&bytes, &chaski_forms::Limits::default()).unwrap().source.version()
    };
    let settings = programme.join("programme.json");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace(r#""site_visit.xlsx", "#, r#""site_visit.xlsx", "censo.xlsx", "#)).unwrap();
    let first = census("text");
    world.hub.publish(&programme, Stranding::Refuse).unwrap();

    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    let draft = rosa.begin("censo", first);
    rosa.write(draft, &[("q/age".parse().unwrap(), chaski_values::Scalar::text("forty"))]);
    rosa.begin("censo", first);
    rosa.sync(&world).await;
    world.hub.settle().unwrap();

    census("integer");
    let entries = world.hub.count_entries().unwrap();
    let error = world.hub.publish(&programme, Stranding::Refuse).unwrap_err();
    let HubError::Stranding(stranded) = &error else { panic!("{error}") };
    assert_eq!((stranded[0].file.as_str(), stranded[0].drafts), ("censo.xlsx", 1));
    let told = error.to_string();
    assert!(
        told.starts_with("censo.xlsx changes the type of `age`, which could not read the answers so far (1 of"),
        "{told}"
    );
    assert!(told.contains("of Rosa Quispe Huamán") && told.contains("only to text"), "{told}");
    assert_eq!(world.hub.count_entries().unwrap(), entries, "nothing was published");

    let report = world.hub.publish(&programme, Stranding::Allow).unwrap();
    assert_eq!((report.stranded.len(), &report.behind), (1, &vec![("censo.xlsx".to_owned(), 2)]));
    let again = world.hub.publish(&programme, Stranding::Refuse).unwrap();
    assert_eq!(again.stranded, [], "what stands is not judged again");
    // Published once, it is the current one, and text reads everything.
    census("text");
    assert_eq!(world.hub.publish(&programme, Stranding::Refuse).unwrap().stranded, []);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_restored_from_a_backup_begins_a_new_log() {
    let mut world = World::new().await;
    world.stop().await;
    let place = world.hub_folder();
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        for file in ["hub.db", "hub.db-wal"] {
            let _ = fs::remove_file(to.join(file));
            if from.join(file).exists() {
                fs::copy(from.join(file), to.join(file)).unwrap();
            }
        }
    };
    let offline = world.report.offline.clone();
    let person = world.report.people[0].person;
    let World { hub, folder, .. } = world;
    drop(hub);
    let backup = folder.path().join("backup");
    fs::create_dir(&backup).unwrap();
    copy(&place, &backup);
    let invite = || {
        Hub::open(&place)
            .unwrap()
            .invite(&chaski_hub::Invitee::Known(person), &chaski_hub::Terms::default(), &offline)
            .unwrap()
    };
    invite();
    assert_eq!(Hub::open(&place).unwrap().log_verify().unwrap().len(), 1);
    copy(&backup, &place);
    invite();
    let logs = Hub::open(&place).unwrap().log_verify().unwrap();
    assert_eq!(logs.len(), 2, "the old log is not written on");
}

#[test]
fn a_form_is_taken_from_a_file_of_any_kind_whatever_it_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let programme = programme_copy(folder.path());
    let csv = "survey,type,name,label\n,select_one sn,viene,¿Viene?\n,integer,cuantos,¿Cuántos?\n\
               choices,list_name,name,label\n,sn,1,Sí\n,sn,0,No\nsettings,form_title,form_id\n,Asistencia,ID\n";
    let csv = |id: &str| csv.replace("ID", id);
    let read = |text: &str| chaski_forms::read_form(text.as_bytes(), &chaski_forms::Options::default()).unwrap();
    let xml = chaski_forms::write_xform(&read(&csv("lista_xml")).source);
    let add = |name: &str, bytes: &[u8]| fs::write(programme.join("forms").join(name), bytes).unwrap();
    add("lista.csv", csv("lista_csv").as_bytes());
    add("lista.xml", xml.as_bytes());
    add("lista.xlsx", include_bytes!("../forms/asistencia.xls"));
    // Without an id it is called as its file.
    add("reunion.csv", csv("").as_bytes());
    let place = programme.join("programme.json");
    let text = fs::read_to_string(&place).unwrap();
    let more = r#""forms": ["lista.csv", "lista.xml", "lista.xlsx", "reunion.csv", "#;
    fs::write(&place, text.replace(r#""forms": ["#, more)).unwrap();
    let report = Hub::init(&folder.path().join("hub"), &programme, &options()).unwrap();
    let forms: Vec<_> = report.forms.iter().map(|form| (form.file.as_str(), form.form.as_str())).collect();
    let expected = [
        ("lista.csv", "lista_csv"),
        ("lista.xml", "lista_xml"),
        ("lista.xlsx", "asistencia"),
        ("reunion.csv", "reunion"),
    ];
    assert_eq!(forms[..4], expected);
}
