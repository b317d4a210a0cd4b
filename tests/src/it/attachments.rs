//! What a form shows and looks up comes to the tablet with it, and is there without signal.

use std::path::{Path, PathBuf};

use chaski_device::Device;
use chaski_forms::view::NodeView;
use chaski_tests::office::{Office, programme_with};
use chaski_tests::tablet::Tablet;

/// Asks which blight is on the leaf, by a picture, and of which community by a table.
const LEAF: &str = "\
survey,type,name,label,media::image,choice_filter
,select_one blight,which,¿Cuál se parece?,leaf.png,
,select_one_from_file hamlets.csv,hamlet,Anexo,,
choices,list_name,name,label,media::image
,blight,rancha,Rancha,late.png
,blight,none,Ninguna,
settings,form_id,form_title
,hoja,Hoja enferma
";

/// Larger than one piece, and like no other bytes.
fn picture(seed: u32, length: u32) -> Vec<u8> {
    let body = (0..length).map(|at| (at.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 13) as u8);
    b"\x89PNG\r\n\x1a\n".iter().copied().chain(body).collect()
}

/// The demo programme with one more form and what it names.
fn with_a_form_of_pictures(to: &Path) -> PathBuf {
    let copy = programme_with(to, "hoja.csv", LEAF).unwrap();
    let media = copy.join("forms/hoja-media");
    std::fs::create_dir(&media).unwrap();
    std::fs::write(media.join("leaf.png"), picture(1, 300_000)).unwrap();
    std::fs::write(media.join("late.png"), picture(2, 90_000)).unwrap();
    std::fs::write(media.join("hamlets.csv"), "name,label\nocros,Ocros\nsarhua,Sarhua\n").unwrap();
    copy
}

/// Rosa's tablet loses power while the pictures come; afterwards it has them, byte for byte, and shows them without the hub.
#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_tables_of_a_form_come_with_it_and_stay() {
    let folder = tempfile::tempdir().unwrap();
    let programme = with_a_form_of_pictures(folder.path());
    let mut office = Office::found_of(&folder.path().join("hub"), programme, 0).await.unwrap();
    let mut tablet = Tablet::new("Tableta de Rosa", &folder.path().join("tablet")).unwrap();
    tablet.enrol(&office.ticket_of("Rosa").unwrap(), office.url()).await.unwrap();
    tablet.connect();
    let has_form =
        |device: &mut Device| device.home().is_ok_and(|home| home.forms.iter().any(|form| form.form_id == "hoja"));
    tablet.until("the form", has_form).await.unwrap();
    tablet.kill_and_restart().unwrap();
    let has = |name: &'static str| move |device: &mut Device| device.attachment(name).is_ok();
    tablet.until("the picture of the question", has("leaf.png")).await.unwrap();
    tablet.until("the picture of the choice", has("late.png")).await.unwrap();
    office.stop().await.unwrap();

    assert_eq!(tablet.with(|device| device.attachment("leaf.png")).unwrap(), picture(1, 300_000));
    assert_eq!(tablet.with(|device| device.attachment("late.png")).unwrap(), picture(2, 90_000));
    let unknown = tablet.with(|device| device.attachment("other.png")).unwrap_err();
    assert_eq!(unknown.code(), "attachment_not_here");
    let opened = tablet.with(|device| device.start_record("hoja", None, None)).unwrap();
    let questions: Vec<_> = opened
        .page
        .nodes
        .iter()
        .filter_map(|node| match node {
            NodeView::Question(question) => Some(question),
            _ => None,
        })
        .collect();
    let offered = questions[0].choices.as_ref().unwrap();
    assert_eq!(offered.iter().map(|choice| choice.image.as_deref()).collect::<Vec<_>>(), [Some("late.png"), None]);
    let hamlets = questions[1].choices.as_ref().unwrap();
    assert_eq!(hamlets.iter().map(|choice| choice.label.as_str()).collect::<Vec<_>>(), ["Ocros", "Sarhua"]);
}
