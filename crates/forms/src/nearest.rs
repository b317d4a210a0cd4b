//! What an author probably meant.

/// The most names that are compared.
const MAX_CANDIDATES: usize = 1_500;

/// The candidate that fewest single-letter edits turn `given` into, if they are few for its length. The first of equals.
pub(crate) fn nearest<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A long text is no slip of the pen, and the comparison below is quadratic.
    let given: Vec<char> = given.chars().take(64).collect();
    // Any letter is one edit away from any other.
    let allowed = if given.len() < 2 { 0 } else { (given.len() / 3).clamp(1, 3) };
    // A hostile file names as many as it likes, and asks for each of them.
    let candidates = candidates.take(MAX_CANDIDATES);
    candidates
        .filter(|candidate| candidate.chars().take(80).count().abs_diff(given.len()) <= allowed)
        .map(|candidate| (edits(&given, candidate), candidate))
        .filter(|(edits, _)| *edits <= allowed)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, remove or change, or neighbours to exchange.
fn edits(given: &[char], candidate: &str) -> usize {
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=given.len()).collect();
    let mut before = None;
    for (line, c) in candidate.chars().take(80).enumerate() {
        let mut next = vec![line + 1; given.len() + 1];
        for (index, g) in given.iter().enumerate() {
            let is_same = *g == c || g.eq_ignore_ascii_case(&c);
            let changed = row[index] + usize::from(!is_same);
            next[index + 1] = changed.min(row[index + 1] + 1).min(next[index] + 1);
            if index > 0 && before == Some(*g) && given[index - 1] == c {
                next[index + 1] = next[index + 1].min(above[index - 1] + 1);
            }
        }
        above = std::mem::replace(&mut row, next);
        before = Some(c);
    }
    row[given.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_pen_is_found_and_a_single_letter_is_none() {
        let names = ["a", "edad", "consentimiento"];
        let found = |given| nearest(given, names.into_iter());
        assert_eq!(found("Edda"), Some("edad"));
        assert_eq!(found("consentimento"), Some("consentimiento"));
        assert_eq!((found("x"), found("A"), found("")), (None, Some("a"), None));
    }
}
