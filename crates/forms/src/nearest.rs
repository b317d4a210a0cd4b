//! What an author probably meant.

/// The most names that are compared.
const MAX_CANDIDATES: usize = 1_500;

/// The candidate that fewest single-letter edits turn `given` into, if they are few for its length. The first of equals.
pub(crate) fn nearest<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A long text is no slip of the pen, and the comparison below is quadratic.
    let given: Vec<char> = given.chars().take(64).collect();
    let allowed = (given.len() / 3).clamp(1, 3);
    // A hostile file names as many as it likes, and asks for each of them.
    let candidates = candidates.take(MAX_CANDIDATES);
    candidates
        .filter(|candidate| candidate.chars().take(80).count().abs_diff(given.len()) <= allowed)
        .map(|candidate| (edits(&given, candidate), candidate))
        .filter(|(edits, _)| *edits <= allowed)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, remove or change.
fn edits(given: &[char], candidate: &str) -> usize {
    let mut row: Vec<usize> = (0..=given.len()).collect();
    for (above, c) in candidate.chars().take(80).enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (index, g) in given.iter().enumerate() {
            let changed = diagonal + usize::from(*g != c && !g.eq_ignore_ascii_case(&c));
            diagonal = row[index + 1];
            row[index + 1] = changed.min(diagonal + 1).min(row[index] + 1);
        }
    }
    row[given.len()]
}
