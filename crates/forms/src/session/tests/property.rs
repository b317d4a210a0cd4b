//! Whatever a person does, in whatever order, a session that computed only what was touched shows the same as one that is
//! opened anew and computes everything.

use proptest::prelude::*;

use super::*;

/// A form with something of everything, all leaning on each other.
fn tangle() -> Arc<Form> {
    form(
        "| survey |
         | | type | name | label | relevant | calculation | constraint | choice_filter | required | repeat_count | readonly |
         | | select_one sn | a | A ${total} | | | | | yes | | |
         | | integer | n | N | ${a} != 'no' | | . < 9 | | | | |
         | | begin_group | g | G | ${a} = 'si' or ${n} > 2 | | | | | | |
         | | select_one town | town | T | | | | region = ${n} and name != ${a} | | | |
         | | select_multiple town | towns | T | ${town} != '' | | count-selected(.) < 2 | region = ${n} | yes | | |
         | | begin_repeat | r | R ${n} | | | | | | | |
         | | integer | x | X | | | . <= ${n} | | ${a} = 'si' | | ${n} = 4 |
         | | text | t | T | ${x} > 1 or ${total} > 6 | | | | | | |
         | | calculate | double | | | ${x} * 2 + position(..) | | | | | |
         | | begin_repeat | s | S ${x} | ${x} != 3 | | | | | | |
         | | integer | y | Y | | | . <= ${x} | | | | |
         | | calculate | share | | | ${y} div ${total} | | | | | |
         | | end_repeat | | | | | | | | | |
         | | calculate | inner | | | sum(${y}) + count(${s}) | | | | | |
         | | end_repeat | | | | | | | | | |
         | | calculate | total | | | sum(${double}) + sum(${inner}) | | | | | |
         | | note | told | ${total} of ${x_max} | ${total} != '' | | | | | | |
         | | calculate | x_max | | | max(${x}) | | | | | |
         | | end_group | | | | | | | | | |
         | | begin_repeat | c | C | ${a} != '' | | | | | ${n} | |
         | | text | u | U ${n} | ${n} < 5 | | . != ${a} | | yes | | |
         | | calculate | v | | | concat(${u}, count(${c})) | | | | | |
         | | end_repeat | | | | | | | | | |
         | | begin_repeat | w | W ${kept} | ${k} != 'x' and position(.) < 4 | | | | | | |
         | | text | k | K | ${n} != 2 | | | | | | |
         | | select_one ${k} | friend | F | | | | ${k} != current()/../k and position(.) < ${n} | | | |
         | | calculate | same | | | count(../../w[k = current()/../k]) + count(/data/w[ms > 2]) | | | | | |
         | | calculate | beside | | | concat(${k}, position(..), ' of ', count(${w})) | | | | | |
         | | begin_repeat | z | Z | ${m} > ${n} | | | | | | |
         | | integer | m | M | | | | | | | |
         | | end_repeat | | | | | | | | | |
         | | calculate | ms | | | sum(${m}) | | | | | |
         | | end_repeat | | | | | | | | | |
         | | calculate | kept | | | concat(join(' ', ${k}), join(' ', ${friend}), join(' ', ${same}), count(${w}), ' ', sum(${m}), ' ', max(${ms})) | | | | | |
         | | select_one ${k} | one_k | One | | | | ${k} != ${a} | | | |
         | | note | k_told | ${one_k} ${kept} | | | | | | | |
         | | calculate | joined | | | join(' ', ${v}) | | | | | |
         | | calculate | shares | | | concat(sum(${share}), ' ', min(${y}), ' ', count-non-empty(${t})) | | | | | |
         | | note | end | ${joined} ${town} ${shares} | | | | | | | |
         | | text | p | P | ${q} = '' | | | | | | |
         | | text | q | Q | ${p} = '' | | | | | | |
         | choices |
         | | list_name | name | label | region |
         | | sn | si | Sí | |
         | | sn | no | No | |
         | | town | si | Uno | 1 |
         | | town | b | Dos | 2 |
         | | town | c | Tres | 2 |
         | | town | d | Cuatro | 3 |
         | settings |
         | | form_id |
         | | f |",
    )
}

/// Rows of rows that the form counts, values that are set once or by what changed, words in two languages, choices in an
/// order of chance, and rows that look at their neighbours.
fn bramble() -> Arc<Form> {
    form(
        "| survey |
         | | type | name | label::Español (es) | label::Runasimi (qu) | relevant | calculation | trigger | default | choice_filter | repeat_count | parameters | constraint |
         | | integer | a | A | A-qu | | | | 2 | | | | |
         | | select_one sn | b | B ${joined} | B-qu ${sn_name} | | | | ${last-saved#b} | | | | |
         | | calculate | sn_name | | | | jr:choice-name(${b}, '${b}') | | | | | | |
         | | calculate | stamp | | | | concat(${a}, random()) | ${a} | | | | | |
         | | text | copy | Copy | Copy | ${a} != 4 | concat(${sn_name}, ${stamp}) | ${b} | | | | | |
         | | begin_repeat | r | R ${mx} | R-qu | ${x} != 5 | | | | | | | |
         | | integer | x | X ${prev} | X-qu | | | | ${a} | | | | . != ${prev} |
         | | calculate | prev | | | | coalesce(indexed-repeat(${x}, ${r}, position(..) - 1), 0) | | | | | | |
         | | calculate | fixed | | | | once(concat(${x}, '-', position(..), '-', random())) | | | | | | |
         | | select_one town | t | T | T-qu | ${a} != 3 | | | | region >= ${x} | | randomize=true, seed=${a} | |
         | | calculate | tn | | | | jr:choice-name(${t}, '${t}') | | | | | | |
         | | text | seen | Seen ${tn} | Seen | | concat(${t}, count(${r}), ${mx}) | ${t} | | | | | |
         | | begin_repeat | s | S ${tn} | S-qu | ${y} != 9 | | | | | ${x} | | |
         | | integer | y | Y | Y-qu | | | | position(..) | | | | . < ${mx} |
         | | calculate | at | | | | concat(position(..), '/', position(../..), '/', count(../../s)) | | | | | | |
         | | calculate | up | | | | indexed-repeat(${y}, ${r}, position(../..) - 1, ${s}, position(..)) | | | | | | |
         | | begin_repeat | v | V | V-qu | | | | | | ${y} | | |
         | | text | u | U ${up} | U-qu | ${at} != '1/1/2' | | | ${copy} | | | | |
         | | end_repeat | | | | | | | | | | | |
         | | end_repeat | | | | | | | | | | | |
         | | calculate | mx | | | | max(${y}) + count-non-empty(${u}) | | | | | | |
         | | calculate | ups | | | | join(' ', ${up}) | | | | | | |
         | | end_repeat | | | | | | | | | | | |
         | | calculate | joined | | | | concat(join(' ', ${fixed}), join(' ', ${ups}), min(${y}), sum(${y} ), count(${v})) | | | | | | |
         | | begin_repeat | k | K ${nm} | K-qu | | | | | | count(${r}) | | |
         | | calculate | nm | | | | indexed-repeat(${tn}, ${r}, position(..)) | | | | | | |
         | | text | z | Z ${nm} | Z-qu | ${joined} != ${nm} | | | ${b} | | | | |
         | | end_repeat | | | | | | | | | | | |
         | | select_one town | one | One | One-qu | | | | | name != ${b} | | randomize=true | |
         | | calculate | region | | | | instance('town')/root/item[name = ${one}]/region | | | | | | |
         | | begin_repeat | w | W | W-qu | position(..) <= ${a} | | | | | ${region} | | |
         | | integer | q | Q ${region} | Q-qu | | | | | | | | |
         | | calculate | before | | | | sum(../../w[position() < position(current()/..)]/q) | | | | | | |
         | | calculate | above | | | | count(../../w[q > current()/../q]) + 1 | | | | | | |
         | | end_repeat | | | | | | | | | | | |
         | | note | end | ${joined} ${sn_name} ${copy} | ${joined} ${region} | | | | | | | | |
         | choices |
         | | list_name | name | label::Español (es) | label::Runasimi (qu) | region |
         | | sn | si | Sí | Arí | |
         | | sn | no | No | Manan | |
         | | town | si | Uno | Huk | 1 |
         | | town | b | Dos | Iskay | 2 |
         | | town | c | Tres | Kimsa | 2 |
         | | town | d | Cuatro | Tawa | 3 |
         | settings |
         | | form_id |
         | | f |",
    )
}

#[derive(Debug, Clone)]
enum Act {
    Answer(prop::sample::Index, u8),
    Add(prop::sample::Index),
    Remove(prop::sample::Index),
    Restore(prop::sample::Index),
    Language(bool),
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    let index = || any::<prop::sample::Index>();
    prop_oneof![
        12 => (index(), 0..8_u8).prop_map(|(at, value)| Act::Answer(at, value)),
        4 => index().prop_map(Act::Add),
        1 => index().prop_map(Act::Remove),
        1 => index().prop_map(Act::Restore),
        1 => any::<bool>().prop_map(Act::Language),
        1 => Just(Act::Reopen),
    ]
}

/// Everything a session shows.
fn shown(session: &mut Session) -> Vec<PageView> {
    let pages = session.outline().pages.len() as u32;
    (0..pages).map(|index| session.page(index).unwrap()).collect()
}

fn value(kind: QuestionKind, value: u8) -> &'static str {
    let values: [&str; 8] = match kind {
        QuestionKind::Integer => ["", "0", "1", "2", "3", "4", "5", "9"],
        QuestionKind::SelectOne => ["", "si", "no", "b", "c", "d", "si", "x"],
        QuestionKind::SelectMultiple => ["", "si", "b c", "b", "-", "d", "c d", "x"],
        _ => ["", "a", "b", "si", "no", "x", "y", "z"],
    };
    values[usize::from(value)]
}

fn play(form: Arc<Form>, acts: Vec<Act>) {
    let mut fill = Fill::new(form);
    let languages: Vec<String> = fill.session.outline().languages.into_iter().map(|language| language.code).collect();
    let mut removed: Vec<String> = Vec::new();
    // What the screens hold: the first drawing, patched with each change.
    let mut screen: BTreeMap<String, NodeView> = BTreeMap::new();
    for page in shown(&mut fill.session) {
        screen.extend(page.nodes.into_iter().map(|node| (node.path().to_string(), node)));
    }
    for act in acts {
        let pages = shown(&mut fill.session);
        let nodes: Vec<&NodeView> = pages.iter().flat_map(|page| &page.nodes).collect();
        let repeats: Vec<&crate::view::RepeatView> = nodes
            .iter()
            .filter_map(|node| match node {
                NodeView::Repeat(view) if view.can_add => Some(view),
                _ => None,
            })
            .collect();
        let rows: Vec<String> = repeats.iter().flat_map(|view| &view.rows).map(|row| row.path.to_string()).collect();
        let change = match act {
            Act::Answer(at, number) => {
                let questions: Vec<&NodeView> = nodes
                    .iter()
                    .copied()
                    .filter(|node| matches!(node, NodeView::Question(view) if !view.readonly))
                    .collect();
                if questions.is_empty() {
                    continue;
                }
                let at = questions[at.index(questions.len())].path().to_string();
                let kind = fill.kind(&path(&at));
                fill.answer(&at, value(kind, number))
            }
            Act::Add(at) => {
                if repeats.is_empty() {
                    continue;
                }
                let repeat = repeats[at.index(repeats.len())].path.clone();
                fill.rows += 1;
                let change = fill.session.add_row(&repeat, RowId::from_bytes(fill.rows.to_be_bytes())).unwrap();
                fill.keep(&change);
                change
            }
            Act::Remove(at) => {
                if rows.is_empty() {
                    continue;
                }
                let row = rows[at.index(rows.len())].clone();
                let change = fill.remove_row(&row);
                removed.push(row);
                change
            }
            Act::Restore(at) => {
                if removed.is_empty() {
                    continue;
                }
                let row = path(&removed.remove(at.index(removed.len())));
                // The row around it may be gone meanwhile.
                let Ok(change) = fill.session.restore_row(&row) else { continue };
                fill.keep(&change);
                change
            }
            Act::Language(other) => {
                let Some(code) = languages.get(usize::from(other)) else { continue };
                let change = fill.session.set_language(code).unwrap();
                fill.keep(&change);
                change
            }
            Act::Reopen => {
                fill.reopen();
                screen.clear();
                for page in shown(&mut fill.session) {
                    screen.extend(page.nodes.into_iter().map(|node| (node.path().to_string(), node)));
                }
                continue;
            }
        };
        screen.extend(change.nodes.into_iter().map(|node| (node.path().to_string(), node)));
        let here = shown(&mut fill.session);
        let (mut anew, writes) =
            Session::open(fill.session.form().clone(), environment(Lookups::default()), RECORD, &fill.saved);
        assert_eq!(writes, []);
        if let Some(code) = languages.get(usize::from(fill.session.language)) {
            anew.set_language(code).unwrap();
        }
        // What was taken back in this sitting is told as missing; a new sitting has told nothing yet.
        let told: Vec<(NodeId, RowIndex)> =
            fill.session.form.pages.iter().flat_map(|page| fill.session.around().nodes_of(page)).collect();
        for (node, row) in told {
            if fill.session.state.cell(&fill.session.form, node, row).is_checked {
                let at = fill.session.state.path(&fill.session.form, node, row);
                let (node, row) = anew.locate(&at).unwrap();
                anew.check(node, row);
            }
        }
        for (here, anew) in here.iter().zip(shown(&mut anew)) {
            assert_eq!(*here, anew);
        }
        assert_eq!(fill.session.states(), anew.states());
        for node in here.iter().flat_map(|page| &page.nodes) {
            assert_eq!(screen.get(&node.path().to_string()), Some(node), "the change did not give this node");
        }
        let entries = anew.all_entries();
        for (entry, anew) in fill.session.outline().pages.iter().zip(entries) {
            assert_eq!((entry.questions, entry.answered, entry.issues), (anew.questions, anew.answered, anew.issues));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_was_touched_is_all_that_changed(acts in prop::collection::vec(act(), 1..30)) {
        play(tangle(), acts);
    }
}

proptest! {
    // Its rows are many: fewer cases take as long.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_looks_at_its_neighbours_is_computed_when_they_change(acts in prop::collection::vec(act(), 1..24)) {
        play(bramble(), acts);
    }
}
