//! Synthetic survey work: what people in the field would have written, the same every time.

use chaski_records::Record;
use chaski_sync::*;
use chaski_trust::Signature;
use chaski_values::{Key, LogId, PersonId, RecordId, Scalar, Timestamp};

use crate::world::{Dice, HUANTA, at, district};

/// How a question is answered.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// One of these, the first ones more often.
    One(&'static [&'static str]),
    /// Some of these, each its own key.
    Some(&'static [&'static str]),
    /// An amount up to this.
    Upto(i64),
    /// The same, in ten-thousandths of this.
    Scaled(i64),
    Digits(usize),
    Name,
    Surname,
    Place,
    Remark,
    Date,
    Point,
}

use Kind::*;

/// A form, as far as its answers go: `row/` begins a question of a repeat, asked as often as there are rows.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    pub id: &'static str,
    questions: &'static [(&'static str, Kind)],
    rows: &'static [(&'static str, u64)],
}

const YES: &[&str] = &["si", "no"];
const FOOD: &[&str] = &["no", "si", "ns", "nr"];

/// A survey of a family, after the programme's own.
pub const SURVEY: Form = Form {
    id: "encuesta_beneficiario",
    rows: &[("T/miembro", 2), ("T/cultivo", 1)],
    questions: &[
        ("A/ronda", One(&["base", "seguimiento", "final"])),
        ("A/region", One(&["05", "03", "09"])),
        ("A/provincia", One(&["0504", "0501", "0305"])),
        ("A/distrito", One(&["050401", "050402", "030501"])),
        ("A/centro_poblado", Place),
        ("A/comunidad", Place),
        ("A/gps", Point),
        ("A/tipo_proyecto", One(&["cuy", "papa", "lacteo", "textil"])),
        ("A/proyecto", One(&["NR-050401-01", "NR-050401-02", "NR-050402-01"])),
        ("A/idioma", One(&["quy", "es"])),
        ("A/consentimiento", One(YES)),
        ("A/modo_consent", One(&["firma", "huella", "verbal"])),
        ("T/B/nombres", Name),
        ("T/B/ap_paterno", Surname),
        ("T/B/ap_materno", Surname),
        ("T/B/doc", One(&["dni", "no_mano", "no_tiene"])),
        ("T/B/dni", Digits(8)),
        ("T/B/sexo", One(&["m", "h"])),
        ("T/B/celular", Digits(9)),
        ("T/miembro/m_nombre", Name),
        ("T/miembro/m_parent", One(&["hijo", "conyuge", "jefe", "nieto", "otro"])),
        ("T/miembro/m_sexo", One(&["m", "h"])),
        ("T/miembro/m_anios", Upto(90)),
        ("T/miembro/m_edu", One(&["2", "1", "3", "4", "0"])),
        ("T/D/paredes", One(&["adobe", "ladrillo", "piedra"])),
        ("T/D/piso", One(&["tierra", "cemento", "madera"])),
        ("T/D/cuartos", Upto(6)),
        ("T/D/agua", One(&["red", "pilon", "rio", "pozo"])),
        ("T/D/sshh", One(&["letrina", "red", "ninguno"])),
        ("T/D/luz", One(&["red", "panel", "vela"])),
        ("T/D/combustible", One(&["lena", "gas", "bosta"])),
        ("T/D/senal", One(&["mala", "buena", "no"])),
        ("T/D/activos", Some(&["radio", "celular", "tv", "moto", "refri"])),
        ("T/E/tiene_tierra", One(YES)),
        ("T/E/area", Scaled(9)),
        ("T/E/area_u", One(&["ha", "yugada", "m2"])),
        ("T/E/riego", One(&["secano", "gravedad", "aspersion"])),
        ("T/cultivo/c_cult", One(&["papa", "maiz", "haba", "cebada"])),
        ("T/cultivo/c_cant", Scaled(80)),
        ("T/cultivo/c_u", One(&["saco", "arroba", "kg"])),
        ("T/H/otros_monto", Scaled(900)),
        ("T/H/gasto_agro", Scaled(700)),
        ("T/H/deuda", Scaled(500)),
        ("T/F8/f1", One(FOOD)),
        ("T/F8/f2", One(FOOD)),
        ("T/F8/f3", One(FOOD)),
        ("T/F8/f4", One(FOOD)),
        ("T/F8/f5", One(FOOD)),
        ("T/F8/f6", One(FOOD)),
        ("T/F8/f7", One(FOOD)),
        ("T/F8/f8", One(FOOD)),
        ("T/J/at_visitas", Upto(12)),
        ("T/J/obs", Remark),
    ],
};

/// A visit to a project, after the programme's own.
const VISIT: Form = Form {
    id: "ficha_visita",
    rows: &[("T/part", 3), ("T/acuerdo", 1)],
    questions: &[
        ("A/proyecto", One(&["NR-050401-01", "NR-050401-02", "NR-030501-01"])),
        ("A/fecha", Date),
        ("A/hora_ini", One(&["09:00:00.000", "10:30:00.000", "14:15:00.000"])),
        ("A/tipo", One(&["asistencia", "seguimiento", "supervision"])),
        ("A/prop", Some(&["at", "avance", "rendicion", "capacitacion"])),
        ("A/gps", Point),
        ("A/realizada", One(YES)),
        ("T/part/p_nombre", Name),
        ("T/part/p_dni", Digits(8)),
        ("T/part/p_sexo", One(&["m", "h"])),
        ("T/part/p_cargo", One(&["socio", "presidente", "tesorero"])),
        ("T/m_extra", Upto(20)),
        ("T/h_extra", Upto(20)),
        ("T/D/avance", Upto(100)),
        ("T/E/venta_mes", Scaled(900)),
        ("T/E/dificultad", Remark),
        ("T/E/semaforo", One(&["verde", "ambar", "rojo"])),
        ("T/acuerdo/a_txt", Remark),
        ("T/acuerdo/a_resp", Name),
        ("T/acuerdo/a_plazo", Date),
    ],
};

/// A receipt of money, after the programme's own.
const RECEIPT: Form = Form {
    id: "recibo_desembolso",
    rows: &[("B/gasto", 2)],
    questions: &[
        ("A/proyecto", One(&["NR-050401-01", "NR-050402-01"])),
        ("A/fecha", Date),
        ("A/cuota", Upto(4)),
        ("A/monto", Scaled(20_000)),
        ("A/banco", One(&["bn", "agro", "caja"])),
        ("A/cuenta", Digits(14)),
        ("B/gasto/g_desc", Remark),
        ("B/gasto/g_monto", Scaled(3_000)),
        ("B/gasto/g_doc", One(&["boleta", "factura", "dj"])),
        ("C/presidente", Name),
        ("C/tesorero", Name),
        ("C/obs", Remark),
    ],
};

/// A form that no dictionary was made with: other questions, other words, another language.
pub const UNSEEN: Form = Form {
    id: "household_water_check",
    rows: &[("site/person", 3)],
    questions: &[
        ("intro/enumerator_team", One(&["north", "south", "river"])),
        ("intro/village", Place),
        ("intro/location", Point),
        ("intro/visit_day", Date),
        ("intro/agreed", One(&["yes", "no"])),
        ("site/head_name", Name),
        ("site/phone", Digits(9)),
        ("site/person/full_name", Name),
        ("site/person/age_years", Upto(90)),
        ("site/person/role", One(&["child", "parent", "elder"])),
        ("site/person/washed_hands", One(&["yes", "no", "unseen"])),
        ("site/water/source", One(&["piped", "spring", "tanker", "well"])),
        ("site/water/minutes", Upto(90)),
        ("site/water/litres", Upto(200)),
        ("site/water/treated", Some(&["boil", "chlorine", "filter", "none"])),
        ("site/water/cost", Scaled(40)),
        ("site/water/ph", Scaled(9)),
        ("site/water/turbidity", Scaled(30)),
        ("site/water/chlorine", Scaled(3)),
        ("site/latrine/kind", One(&["pit", "flush", "none"])),
        ("site/latrine/clean", One(&["yes", "no"])),
        ("site/latrine/shared", One(&["no", "yes"])),
        ("site/latrine/users", Upto(15)),
        ("site/latrine/built", Date),
        ("site/health/diarrhoea", One(&["none", "once", "often"])),
        ("site/health/days_lost", Upto(20)),
        ("site/health/clinic", One(&["post", "hospital", "none"])),
        ("site/health/spent", Scaled(300)),
        ("site/home/rooms", Upto(6)),
        ("site/home/roof", One(&["tin", "tile", "thatch"])),
        ("site/home/wall", One(&["mud", "brick", "stone"])),
        ("site/home/light", One(&["grid", "solar", "candle"])),
        ("site/home/fuel", One(&["wood", "gas", "dung"])),
        ("site/home/owns", Some(&["radio", "phone", "bike"])),
        ("site/end/worry", One(&["no", "yes", "unsure"])),
        ("site/end/skipped", One(&["no", "yes", "unsure"])),
        ("site/end/hungry", One(&["no", "yes", "unsure"])),
        ("site/end/ran_out", One(&["no", "yes", "unsure"])),
        ("site/end/helped_by", One(&["nobody", "state", "church"])),
        ("site/end/visits", Upto(9)),
        ("site/end/needs", Remark),
        ("site/end/remarks", Remark),
    ],
};

const NAMES: &[&str] = &[
    "María",
    "Julia",
    "Rosa",
    "Teófila",
    "Juan",
    "Víctor",
    "Alejandro",
    "Fortunata",
    "Saturnina",
    "Hilario",
    "Ciriaco",
    "Paulina",
    "Nélida",
    "Edgar",
    "Wilfredo",
    "Yeny",
    "Primitiva",
    "Zenobio",
];
const SURNAMES: &[&str] = &[
    "Quispe",
    "Huamán",
    "Ccori",
    "Ñaupari",
    "Mendoza",
    "Llacctahuamán",
    "Curo",
    "Ayala",
    "Palomino",
    "Sulca",
    "Yupanqui",
    "Rimachi",
    "Cárdenas",
    "Vilca",
    "Taipe",
    "Gutiérrez",
];
const PLACES: &[&str] = &[
    "Ccarhuahurán",
    "Uchuraccay",
    "Iquicha",
    "Pucaraccay",
    "Huaychao",
    "Purus",
    "Cunya",
    "Chaca",
    "Marccaraccay",
    "Culluchaca",
    "San José de Secce",
    "Mosoccancha",
];
const WORDS: &[&str] = &[
    "la",
    "familia",
    "necesita",
    "más",
    "agua",
    "para",
    "el",
    "riego",
    "los",
    "cuyes",
    "enfermaron",
    "con",
    "lluvia",
    "falta",
    "semilla",
    "camino",
    "malo",
    "pide",
    "visita",
    "técnica",
    "en",
    "noviembre",
    "galpón",
    "nuevo",
    "vendió",
    "feria",
    "no",
    "asistió",
    "presidenta",
    "acordó",
    "comprar",
    "alfalfa",
    "cerco",
    "helada",
    "cosecha",
    "menor",
];

fn skewed(dice: &mut Dice, len: usize) -> usize {
    (0..len - 1).find(|_| dice.roll(5) < 3).unwrap_or(len - 1)
}

fn pick(dice: &mut Dice, from: &[&str]) -> String {
    from[dice.roll(from.len() as u64) as usize].to_owned()
}

fn scalar(dice: &mut Dice, kind: Kind) -> Scalar {
    Scalar::text(match kind {
        One(codes) => codes[skewed(dice, codes.len())].to_owned(),
        Some(_) => return Scalar::Bool(true),
        Upto(most) => return Scalar::Int(dice.roll(most as u64 + 1) as i64),
        Scaled(most) => return Scalar::Int(dice.roll(most as u64 * 20 + 1) as i64 * 50_000),
        Digits(len) => (0..len).map(|_| char::from(b'0' + dice.roll(10) as u8)).collect(),
        Name => pick(dice, NAMES),
        Surname => pick(dice, SURNAMES),
        Place => pick(dice, PLACES),
        Remark => {
            let words: Vec<_> = (0..3 + dice.roll(9)).map(|_| pick(dice, WORDS)).collect();
            words.join(" ")
        }
        Date => format!("2026-{:02}-{:02}", 1 + dice.roll(12), 1 + dice.roll(28)),
        Point => {
            let mut bytes = Vec::new();
            bytes.extend((-129_400_000 - dice.roll(900_000) as i32).to_be_bytes());
            bytes.extend((-742_400_000 - dice.roll(900_000) as i32).to_be_bytes());
            bytes.extend((3_200 + dice.roll(900) as i32).to_be_bytes());
            bytes.extend((3 + dice.roll(17) as u16).to_be_bytes());
            return Scalar::Bytes(bytes);
        }
    })
}

impl Form {
    fn answer(&self, dice: &mut Dice, base: &str, kind: Kind, writes: &mut Vec<(Key, Scalar)>) {
        let space = if base.contains('@') { 'r' } else { 'q' };
        writes.push((format!("{space}/{base}").parse().unwrap(), scalar(dice, kind)));
        if let Some(codes) = kind {
            for code in codes {
                let key = format!("{space}/{base}={code}").parse().unwrap();
                writes.push((key, Scalar::Bool(dice.roll(2) == 0)));
            }
        }
    }

    /// The answers of one person's sitting.
    fn answers(&self, dice: &mut Dice) -> Vec<(Key, Scalar)> {
        let mut writes: Vec<(Key, Scalar)> = [
            ("_t", "form"),
            ("_p", "050401"),
            ("_f", self.id),
            ("_fv", "8f0e61f0bb1bd5fcb7d2e41fe2a1c15a3ce5f1a9d2ab0f4f6c1d7c6d52a0e9b1"),
            ("_st", "final"),
        ]
        .map(|(key, value)| (Key::of_head(key).unwrap(), Scalar::text(value)))
        .into();
        for (path, kind) in self.questions {
            let repeat = self.rows.iter().find(|(repeat, _)| path.starts_with(&format!("{repeat}/")));
            if repeat.is_none() {
                self.answer(dice, path, *kind, &mut writes);
            }
        }
        for (repeat, most) in self.rows {
            for order in 0..1 + dice.roll(*most) {
                let row: String = dice.bytes(8).iter().map(|byte| format!("{byte:02x}")).collect();
                writes.push((format!("r/{repeat}/@{row}").parse().unwrap(), Scalar::Int(order as i64)));
                for (path, kind) in self.questions {
                    if let Option::Some(field) = path.strip_prefix(&format!("{repeat}/")) {
                        self.answer(dice, &format!("{repeat}/@{row}/{field}"), *kind, &mut writes);
                    }
                }
            }
        }
        writes
    }

    /// A new record by one sitting: its id, its one change, and how many answers are in it.
    pub fn new_record(&self, dice: &mut Dice, log: LogId, now: Timestamp) -> (Record, Vec<u8>, usize) {
        let random = dice.bytes(10);
        let id = RecordId::new(now, random.try_into().unwrap());
        let writes = self.answers(dice);
        let mut record = Record::empty(id);
        let change = record.commit(log, now, &writes).unwrap().unwrap();
        (record, change.as_bytes().to_vec(), writes.len() - 5)
    }

    /// A later sitting that mends some answers.
    pub fn edit(&self, dice: &mut Dice, record: &mut Record, log: LogId, now: Timestamp) -> Vec<u8> {
        let mut writes = Vec::new();
        while writes.is_empty() {
            for (path, kind) in self.questions {
                let in_row = self.rows.iter().any(|(repeat, _)| path.starts_with(&format!("{repeat}/")));
                if !in_row && dice.roll(20) == 0 {
                    self.answer(dice, path, *kind, &mut writes);
                }
            }
        }
        let obs = self.questions.iter().rfind(|(_, kind)| matches!(kind, Remark)).unwrap();
        self.answer(dice, obs.0, Remark, &mut writes);
        record.commit(log, now, &writes).unwrap().unwrap().as_bytes().to_vec()
    }
}

/// The moment of the `n`th sitting: some minutes apart, in working hours.
pub fn moment(dice: &mut Dice, n: u64) -> Timestamp {
    let (day, sitting) = (n / 20, n % 20);
    let millis = day * 86_400_000 + sitting * 1_500_000 + dice.roll(1_200_000);
    at(0).plus_millis(millis as i64)
}

/// What dictionaries are made of: the bodies of small frames, with new records and edits of all the programme's forms.
pub fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for tablet in 0..12_u64 {
        let mut dice = Dice(0x5eed_0000 + tablet);
        let log = LogId::from_bytes(dice.bytes(16).try_into().unwrap());
        for n in 0..30 {
            for form in [&SURVEY, &SURVEY, &VISIT, &RECEIPT] {
                let now = moment(&mut dice, n);
                let later = now.plus_millis(7_000_000);
                let (mut record, change, _) = form.new_record(&mut dice, log, now);
                let edit = form.edit(&mut dice, &mut record, log, later);
                samples.push(body_of(log, n, now, RecordChanges::one(record.id(), change)));
                samples.push(body_of(log, n + 100, later, RecordChanges::one(record.id(), edit)));
            }
        }
    }
    samples
}

fn body_of(log: LogId, first: u64, now: Timestamp, changes: RecordChanges) -> Vec<u8> {
    let item = Item {
        hlc: Hlc::ZERO.next(now),
        author: Option::Some(PersonId::from_bytes([1; 16])),
        kind: EntryKind::RecordChanges,
        extension: Vec::new(),
        payload: changes.to_bytes(),
    };
    let run = Run { log, first, items: vec![item], signature: Signature::from_bytes([0; 64]) };
    Frame { partition: district(HUANTA), runs: vec![run] }.to_body().text
}
