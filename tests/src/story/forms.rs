//! What the people of the story answer: a whole visit and a whole survey, question by question.

use chaski_device::DeviceError;
use chaski_values::{Answer, GeoPoint};

use crate::tablet::Tablet;

pub const VISIT: &str = "aliados_visita";
pub const SURVEY: &str = "aliados_encuesta_familia";

pub fn choice(code: &str) -> Answer {
    Answer::Choice(code.to_owned())
}

pub fn choices(codes: &[&str]) -> Answer {
    Answer::Choices(codes.iter().map(|code| (*code).to_owned()).collect())
}

pub fn text(words: &str) -> Answer {
    Answer::Text(words.to_owned())
}

/// A date of the story.
///
/// # Panics
/// When the story itself names a day that is not one.
pub fn date(day: &str) -> Answer {
    Answer::Date(day.parse().expect("the story's dates are dates"))
}

fn time(clock: &str) -> Answer {
    Answer::Time(clock.parse().expect("the story's times are times"))
}

fn amount(digits: &str) -> Answer {
    Answer::Decimal(digits.parse().expect("the story's amounts are numbers"))
}

/// The first part of a visit: when, what for, where; and that it took place.
///
/// # Errors
/// When an answer is not taken.
pub fn begin_visit(tablet: &Tablet, record: &str) -> Result<(), DeviceError> {
    let gps = GeoPoint::new(-12.933_1, -74.247_8, Some(2_642.0), Some(6.5), None).expect("Huanta is on earth");
    for (path, answer) in [
        ("A/fecha", date("2026-11-12")),
        ("A/hora_ini", time("09:30")),
        ("A/hora_fin", time("11:45")),
        ("A/tipo", choice("prog")),
        ("A/proposito", choices(&["at", "avance"])),
        ("A/gps", Answer::Point(gps)),
        ("A/realizada", choice("si")),
    ] {
        tablet.answer(record, path, answer)?;
    }
    participant(tablet, record, "Julia Yaranga Curo", "m", "pres")?;
    Ok(())
}

/// One person who was there: a row of the visit.
///
/// # Errors
/// When an answer is not taken.
pub fn participant(tablet: &Tablet, record: &str, name: &str, sex: &str, office: &str) -> Result<String, DeviceError> {
    let row = tablet.add_row(record, "T/part")?;
    tablet.answer(record, &format!("{row}/p_nombre"), text(name))?;
    tablet.answer(record, &format!("{row}/p_sexo"), choice(sex))?;
    tablet.answer(record, &format!("{row}/p_cargo"), choice(office))?;
    Ok(row)
}

/// The rest of the visit.
///
/// # Errors
/// When an answer is not taken.
pub fn end_visit(tablet: &Tablet, record: &str) -> Result<(), DeviceError> {
    let practice = tablet.add_row(record, "T/practica")?;
    tablet.answer(record, &format!("{practice}/x_prac"), choice("bpm"))?;
    tablet.answer(record, &format!("{practice}/x_adop"), choice("adopt"))?;
    tablet.answer(record, &format!("{practice}/x_muj"), Answer::Integer(7))?;
    tablet.answer(record, "T/D/avance", Answer::Integer(55))?;
    tablet.answer(record, "T/D/bienes", choice("no"))?;
    tablet.answer(record, "T/E/venta_mes", amount("3480.50"))?;
    tablet.answer(record, "T/E/necesidades", choices(&["mercado", "equipo"]))?;
    tablet.answer(record, "T/E/semaforo", choice("verde"))?;
    let agreed = tablet.add_row(record, "T/acuerdo")?;
    tablet.answer(record, &format!("{agreed}/a_txt"), text("Instalar la mesa de moldeado"))?;
    tablet.answer(record, &format!("{agreed}/a_resp"), text("Eusebio Ñaupari"))?;
    tablet.answer(record, &format!("{agreed}/a_plazo"), date("2026-12-05"))?;
    tablet.answer(record, "T/proxima", date("2026-12-10"))?;
    tablet.answer(record, "T/H/rep_nombre", text("Julia Yaranga Curo"))?;
    tablet.answer(record, "T/H/rep_modo", choice("firma"))?;
    tablet.draw(record, "T/H/rep_firma")?;
    tablet.draw(record, "T/H/ag_firma")
}

/// A household of three, from the first question to the last required one.
///
/// # Errors
/// When an answer is not taken.
pub fn survey(tablet: &Tablet, record: &str) -> Result<(), DeviceError> {
    for (path, answer) in [
        ("A/ronda", choice("seg")),
        ("A/centro_poblado", text("Culluchaca")),
        ("A/idioma", choice("es")),
        ("A/consentimiento", choice("si")),
        ("A/modo_consent", choice("verbal")),
        ("T/B/nombres", text("Saturnina")),
        ("T/B/ap_paterno", text("Condori")),
        ("T/B/ap_materno", text("Pariona")),
        ("T/B/doc", choice("dni")),
        ("T/B/dni", text("00000071")),
        ("T/B/sexo", choice("m")),
    ] {
        tablet.answer(record, path, answer)?;
    }
    for (name, kin, sex, years) in
        [("Saturnina", "jefe", "m", 41), ("Marcelino", "pareja", "h", 44), ("Yeny", "hijo", "m", 12)]
    {
        let row = tablet.add_row(record, "T/miembro")?;
        for (field, answer) in [
            ("m_nombre", text(name)),
            ("m_parent", choice(kin)),
            ("m_sexo", choice(sex)),
            ("m_edadmodo", choice("anios")),
            ("m_anios", Answer::Integer(years)),
        ] {
            tablet.answer(record, &format!("{row}/{field}"), answer)?;
        }
    }
    for (path, answer) in [
        ("T/D/paredes", choice("adobe")),
        ("T/D/piso", choice("tierra")),
        ("T/D/cuartos", Answer::Integer(2)),
        ("T/D/agua", choice("pilon")),
        ("T/D/sshh", choice("letrina")),
        ("T/E/tiene_tierra", choice("si")),
        ("T/E/area", amount("1.5")),
        ("T/E/area_u", choice("yugada")),
        ("T/F8/hdds", choices(&["cereal", "tuber", "lacteo"])),
    ] {
        tablet.answer(record, path, answer)?;
    }
    Ok(())
}
