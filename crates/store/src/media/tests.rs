use super::*;
use crate::testing::{at, fresh};

#[test]
fn a_photo_comes_back_and_is_kept_once() {
    let (_folder, mut store) = fresh();
    let bytes = vec![9; 200_000];
    let (media, _) = store.keep_media(&bytes, "image/jpeg", at(1)).unwrap();
    let (again, summary) = store.keep_media(&bytes, "image/jpeg", at(2)).unwrap();
    assert_eq!((again, summary), (media.clone(), ChangeSummary::default()));
    assert_eq!(store.media(media.hash).unwrap(), bytes);
    assert_eq!(store.media_row(media.hash).unwrap().unwrap().added_at, at(1));
    assert_eq!(store.media_hashes().unwrap(), [media.hash]);
}

#[test]
fn nothing_of_a_photo_is_readable_in_its_file() {
    let (_folder, mut store) = fresh();
    let bytes = b"Julia Huarcaya Quispe".repeat(100);
    let (media, _) = store.keep_media(&bytes, "text/plain", at(1)).unwrap();
    let file = fs::read(store.media_path(media.hash)).unwrap();
    assert!(!file.windows(5).any(|window| window == b"Julia"));
}

#[test]
fn a_damaged_or_missing_file_is_noticed_and_mended_when_the_content_comes_again() {
    let (_folder, mut store) = fresh();
    let bytes = vec![1, 2, 3];
    let (media, _) = store.keep_media(&bytes, "image/png", at(1)).unwrap();
    let path = store.media_path(media.hash);
    let mut file = fs::read(&path).unwrap();
    let last = file.len() - 1;
    file[last] ^= 1;
    fs::write(&path, &file).unwrap();
    assert!(matches!(store.media(media.hash), Err(StoreError::MediaDamaged(hash)) if hash == media.hash));
    fs::remove_file(&path).unwrap();
    assert!(matches!(store.media(media.hash), Err(StoreError::MediaDamaged(_))));
    store.keep_media(&bytes, "image/png", at(3)).unwrap();
    assert_eq!(store.media(media.hash).unwrap(), bytes);
}

#[test]
fn what_is_too_large_or_unknown_is_refused() {
    let (_folder, mut store) = fresh();
    let bytes = vec![0; MEDIA_BYTES as usize + 1];
    assert!(matches!(store.keep_media(&bytes, "image/png", at(1)), Err(StoreError::MediaTooLarge { .. })));
    assert!(matches!(store.media(Hash32::of_content(b"x")), Err(StoreError::NoMedia(_))));
}
