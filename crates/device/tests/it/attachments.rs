use chaski_forms::view::NodeView;

use crate::office::{Bench, Office, noon};

const FORM: &str = "| survey | | | | |
    | | type | name | label | media::image |
    | | note | map | Map | mapa.png |
    | | select_one places | place | Place | |
    | choices | | | | |
    | | list_name | name | label | media::image |
    | | places | sar | Sarhua | sarhua.png |
    | settings | |
    | | form_id |
    | | mapas |";

#[test]
fn what_a_form_shows_comes_in_pieces_and_is_shown_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let picture: Vec<u8> = (0..100_000_u32).map(|byte| byte as u8).collect();
    let mut office = Office::new();
    office.publish_form(FORM);
    office.publish_attachment("mapa.png", &picture, 1);
    let mut device = office.tablet(folder.path(), &Bench::new(140, noon()), "Tableta 1");
    let opened = device.start_record("mapas", None, None).unwrap();
    let names: Vec<String> = opened
        .page
        .nodes
        .iter()
        .flat_map(|node| match node {
            NodeView::Note(note) => note.media.iter().flat_map(|media| media.image.clone()).collect::<Vec<_>>(),
            NodeView::Question(question) => {
                question.choices.iter().flatten().flat_map(|choice| choice.image.clone()).collect()
            }
            _ => Vec::new(),
        })
        .collect();
    assert_eq!(names, ["mapa.png", "sarhua.png"]);
    // One piece of two came, and of the other nothing: the record is filled in all the same.
    for name in names {
        assert_eq!(device.attachment(&name).unwrap_err().code(), "attachment_not_here");
    }
    device.take_changes().unwrap();
    office.publish_attachment("mapa.png", &picture, 2);
    office.deliver(&mut device);
    assert_eq!(device.attachment("mapa.png").unwrap(), picture);
    device.lock().unwrap();
    assert_eq!(device.attachment("mapa.png").unwrap_err().code(), "locked");
}
