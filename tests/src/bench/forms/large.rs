//! A form of 1,200 rows, as large as real household surveys are, with a roster whose totals depend on every row of it.

use chaski_tests::story::Broken;
use rust_xlsxwriter::Workbook;

/// Rows of the survey sheet, its header not counted.
pub(crate) const ROWS: usize = 1_200;
/// The roster's repeat, and the field of a row that the totals are made of.
pub(crate) const ROSTER: &str = "hogar";
pub(crate) const AMOUNT: &str = "ingreso";

const HEADER: [&str; 8] = [
    "type",
    "name",
    "label::Español (es)",
    "label::English (en)",
    "relevant",
    "constraint",
    "constraint_message::Español (es)",
    "calculation",
];

type Row = [String; 8];

/// The workbook's bytes.
///
/// # Errors
/// When it cannot be written, which it can.
pub(crate) fn workbook() -> Result<Vec<u8>, Broken> {
    let mut workbook = Workbook::new();
    let survey = workbook.add_worksheet().set_name("survey")?;
    for (column, name) in (0..).zip(HEADER) {
        survey.write_string(0, column, name)?;
    }
    for (line, row) in (1..).zip(survey_rows()) {
        for (column, cell) in (0..).zip(row) {
            if !cell.is_empty() {
                survey.write_string(line, column, cell)?;
            }
        }
    }
    let choices = workbook.add_worksheet().set_name("choices")?;
    let lists = [
        ["list_name", "name", "label::Español (es)", "label::English (en)"],
        ["sn", "si", "Sí", "Yes"],
        ["sn", "no", "No", "No"],
    ];
    for (line, row) in (0..).zip(lists) {
        for (column, cell) in (0..).zip(row) {
            choices.write_string(line, column, cell)?;
        }
    }
    let settings = workbook.add_worksheet().set_name("settings")?;
    let named = [["form_title", "form_id", "default_language"], ["Encuesta larga", "encuesta_larga", "Español (es)"]];
    for (line, row) in (0..).zip(named) {
        for (column, cell) in (0..).zip(row) {
            settings.write_string(line, column, cell)?;
        }
    }
    Ok(workbook.save_to_buffer()?)
}

fn survey_rows() -> Vec<Row> {
    let mut rows = vec![
        row("begin_repeat", ROSTER, "Miembros del hogar", "", "", ""),
        row("text", "nombre", "Nombre", "", "", ""),
        row("integer", "edad", "Edad", "", ". >= 0 and . <= 110", ""),
        row("integer", AMOUNT, "Ingreso mensual", "${edad} >= 14 or ${edad} = ''", ". >= 0", ""),
        row("calculate", "orden", "", "", "", "position(..)"),
        row("end_repeat", ROSTER, "", "", "", ""),
        row("calculate", "miembros", "", "", "", &format!("count(${{{ROSTER}}})")),
        row("calculate", "ingreso_total", "", "", "", &format!("sum(${{{AMOUNT}}})")),
        row("calculate", "ingreso_mayor", "", "", "", &format!("max(${{{AMOUNT}}})")),
        row("calculate", "ingreso_menor", "", "", "", &format!("min(${{{AMOUNT}}})")),
        row("calculate", "ingreso_por_persona", "", "", "", "round(${ingreso_total} div ${miembros}, 2)"),
        row("note", "resumen", "Son ${miembros}, con ${ingreso_por_persona} cada uno", "", "", ""),
    ];
    let mut group = 0;
    while rows.len() + 20 <= ROWS {
        group += 1;
        let name = |field: &str| format!("{field}_{group}");
        rows.push(row("begin_group", &name("g"), &format!("Parte {group}"), "", "", ""));
        rows.push(row("select_one sn", &name("tiene"), "¿Tiene este cultivo?", "", "", ""));
        for field in 0..8 {
            let (quantity, worth) = (name(&format!("cantidad{field}")), name(&format!("valor{field}")));
            let relevant = format!("${{{}}} != 'no'", name("tiene"));
            rows.push(row("integer", &quantity, "Cantidad", &relevant, ". >= 0 and . <= 100000", ""));
            let before =
                if group == 1 { "0".to_owned() } else { format!("coalesce(${{valor{field}_{}}}, 0)", group - 1) };
            rows.push(row("calculate", &worth, "", "", "", &format!("coalesce(${{{quantity}}}, 0) * 2 + {before}")));
        }
        rows.push(row("text", &name("nota"), "Observaciones sobre ${cantidad0_1}", "", "", ""));
        rows.push(row("end_group", &name("g"), "", "", "", ""));
    }
    while rows.len() < ROWS {
        let name = format!("final_{}", rows.len());
        rows.push(row("text", &name, "Algo más", "", "", ""));
    }
    rows
}

fn row(kind: &str, name: &str, label: &str, relevant: &str, constraint: &str, calculation: &str) -> Row {
    let message = if constraint.is_empty() { "" } else { "Revise el número" };
    [kind, name, label, label, relevant, constraint, message, calculation].map(str::to_owned)
}
