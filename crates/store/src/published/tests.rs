use chaski_sync::Hlc;
use chaski_values::Hash32;

use crate::testing::fresh;
use crate::{FormCurrency, PublishedForm};

fn form(source: &[u8]) -> PublishedForm {
    PublishedForm {
        form: "visita".parse().unwrap(),
        title: String::from_utf8_lossy(source).into_owned(),
        version: Hash32::of_content(source),
        source: source.to_vec(),
    }
}

#[test]
fn the_form_published_last_is_current_whatever_order_it_comes_in() {
    let (_folder, mut store) = fresh();
    store.keep_form(&form(b"second"), Hlc::from_u64(20)).unwrap();
    store.keep_form(&form(b"first"), Hlc::from_u64(10)).unwrap();
    let titles: Vec<_> = store.forms().unwrap().into_iter().map(|row| (row.title, row.currency)).collect();
    assert_eq!(titles, [("second".to_owned(), FormCurrency::Current), ("first".to_owned(), FormCurrency::Superseded)]);
    // Published again, an old version is current again.
    store.keep_form(&form(b"first"), Hlc::from_u64(30)).unwrap();
    assert_eq!(store.current_form(&"visita".parse().unwrap()).unwrap().unwrap().title, "first");
    assert_eq!(store.forms().unwrap().len(), 2);
    assert_eq!(store.form_source(&"visita".parse().unwrap(), form(b"second").version).unwrap().unwrap(), b"second");
}

#[test]
fn a_catalogue_or_setting_published_earlier_does_not_replace_a_later_one() {
    let (_folder, mut store) = fresh();
    store.keep_catalogue("proyectos", b"new", Hlc::from_u64(20)).unwrap();
    store.keep_catalogue("proyectos", b"old", Hlc::from_u64(10)).unwrap();
    assert_eq!(store.catalogue("proyectos").unwrap().unwrap().bytes, b"new");
    assert_eq!(store.catalogues().unwrap()[0].hash, Hash32::of_content(b"new"));
    assert_eq!(store.catalogue("otro").unwrap(), None);
    store.keep_setting("hub", b"a").unwrap();
    store.keep_setting("hub", b"b").unwrap();
    assert_eq!(store.setting("hub").unwrap().unwrap(), b"b");
    store.forget_setting("hub").unwrap();
    assert_eq!(store.setting("hub").unwrap(), None);
}

#[test]
fn a_roster_item_is_kept_once_and_in_order() {
    let (_folder, mut store) = fresh();
    for item in [b"zeta", b"alfa", b"zeta"] {
        store.keep_roster_item(item).unwrap();
    }
    assert_eq!(store.roster_items().unwrap(), [b"zeta", b"alfa"]);
}
