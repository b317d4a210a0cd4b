//! Questions that are answered by choosing: where their choices come from.

use super::*;
use crate::source::{EVERY_LANGUAGE, Texts};

impl<'a> Rows<'a, '_, '_> {
    pub(super) fn choices(&mut self, row: &'a SheetRow, node: &mut DefinedNode, asked: &Asked, cell: &str) {
        if node.kind == Kind::Osm {
            let found = asked.list.as_ref().filter(|name| self.named.tags.iter().any(|list| list.name == **name));
            node.choices = found.cloned().map(DefinedChoices::Tags);
            let has_tags = !self.named.tags.is_empty();
            if let (Some(list), None, true) = (&asked.list, found, has_tags) {
                self.fault(row, P::Type, Cause::MissingList { list: list.clone(), nearest: None });
            }
            return;
        }
        if !node.kind.is_select() {
            return;
        }
        let Some(list) = asked.list.clone() else {
            let kind = cell.to_owned();
            return self.error(row, P::Type, Cause::MissingListName { kind });
        };
        if asked.from == From::External {
            self.whole_list(row, asked, &list);
            return self.external(row, node, list);
        }
        // The reference knows endings in small letters alone.
        let as_read = match self.problems.strictness() {
            Strictness::Lenient => list.to_lowercase(),
            Strictness::Strict => list.clone(),
        };
        let is_file = [".csv", ".geojson", ".xml"].iter().any(|ending| as_read.ends_with(ending));
        if asked.from == From::File && (!is_file || list.matches('.').count() != 1 || list.starts_with('.')) {
            let expected = "a file whose name ends in .csv, .xml or .geojson";
            self.fault(row, P::Type, Cause::BadValue { given: list.clone(), expected });
        }
        if is_file || asked.from == From::File {
            self.whole_list(row, asked, &list);
            if node.appearance.iter().any(|word| word.starts_with("search(")) {
                self.fault(row, P::Appearance, Cause::SearchInFile);
            }
            node.choices = Some(DefinedChoices::File(list));
            return;
        }
        if list.contains("${") {
            self.whole_list(row, asked, &list);
            self.answers(row, node, list);
            return;
        }
        let Some(defined) = self.named.lists.iter_mut().find(|defined| defined.name == list) else {
            return self.missing_list(row, list);
        };
        if asked.or_other && !defined.choices.iter().any(|choice| choice.code == "other") {
            let mut other = DefinedChoice::new("other".to_owned());
            let spoken: BTreeSet<u16> =
                defined.choices.iter().flat_map(|choice| choice.label.keys().copied()).collect();
            other.label = spoken.into_iter().map(|language| (language, "Other".to_owned())).collect();
            if other.label.is_empty() {
                other.label.insert(0, "Other".to_owned());
            }
            defined.choices.push(other);
        }
        let spaced = defined.choices.iter().find(|choice| choice.code.contains(' ')).map(|choice| choice.code.clone());
        node.choices = Some(DefinedChoices::List(list.clone()));
        if let Some(choice) = spaced.filter(|_| node.kind == Kind::SelectMultiple) {
            self.fault(row, P::Type, Cause::BadChoice { choice });
        }
        let filter = node.choice_filter.clone();
        if let Some(given) = filter.clone().filter(|_| asked.or_other) {
            let expected = "nothing: a filter does not go with `or_other`";
            self.fault(row, P::ChoiceFilter, Cause::BadValue { given, expected });
        }
        match &self.table_list {
            TableList::None => {}
            TableList::Begun => {
                if let Some(given) = filter {
                    let expected = "nothing: a filter does not go with `table-list`";
                    self.fault(row, P::ChoiceFilter, Cause::BadValue { given, expected });
                }
                self.table_list = TableList::Of(list);
            }
            TableList::Of(first) if *first != list => {
                let expected = "the list that the table's first question has";
                self.fault(row, P::Type, Cause::BadValue { given: list, expected });
            }
            TableList::Of(_) => {}
        }
    }

    /// `or_other` adds a choice, which only a list of the form itself can take.
    fn whole_list(&mut self, row: &SheetRow, asked: &Asked, list: &str) {
        if asked.or_other {
            let expected = "a list of the sheet `choices`: only that can take `or_other`";
            self.fault(row, P::Type, Cause::BadValue { given: list.to_owned(), expected });
        }
    }

    fn external(&mut self, row: &SheetRow, node: &mut DefinedNode, list: String) {
        if node.choice_filter.is_none() {
            let expected = "a filter: without one, `select_one` serves as well";
            self.fault(row, P::ChoiceFilter, Cause::BadValue { given: String::new(), expected });
        }
        if self.named.external.is_empty() {
            let holds = "lists of choices to filter";
            return self.missing_sheet(row, "external_choices", holds);
        }
        if !self.named.external.iter().any(|known| known.name == list) {
            let names = self.named.external.iter().map(|known| known.name.as_str());
            let nearest = crate::nearest::nearest(&list, names).map(str::to_owned);
            return self.error(row, P::Type, Cause::MissingList { list, nearest });
        }
        node.choices = Some(DefinedChoices::External(list));
    }

    fn answers(&mut self, row: &SheetRow, node: &mut DefinedNode, reference: String) {
        if !is_reference(&reference) {
            let expected = "the name of a list or of a question, such as `${name}`";
            return self.error(row, P::Type, Cause::BadValue { given: reference, expected });
        }
        node.choices = Some(DefinedChoices::Answers(reference));
    }

    pub(super) fn missing_list(&mut self, row: &SheetRow, list: String) {
        if self.named.lists.is_empty() {
            return self.missing_sheet(row, "choices", "lists of choices");
        }
        let names = self.named.lists.iter().map(|defined| defined.name.as_str());
        let nearest = crate::nearest::nearest(&list, names).map(str::to_owned);
        self.error(row, P::Type, Cause::MissingList { list, nearest });
    }

    fn missing_sheet(&mut self, row: &SheetRow, sheet: &'static str, holds: &'static str) {
        let cause = match self.named.misspelt.get(sheet) {
            Some(found) => Cause::MisspeltSheet { sheet, found: found.clone() },
            None => Cause::MissingSheet { sheet, holds },
        };
        self.error(row, P::Type, cause);
    }

    /// `or_other`: a text question that follows the select.
    pub(super) fn other(&mut self, row: &SheetRow, name: &str) {
        let other = format!("{name}_other");
        if !self.take_name(row, &other) {
            return;
        }
        let mut node = DefinedNode::new(other, Kind::Text, self.parent());
        node.relevant = Some(format!("selected(../{name}, 'other')"));
        node.label = Texts::from([(EVERY_LANGUAGE, "Specify other.".to_owned())]);
        self.push(row, node);
    }
}
