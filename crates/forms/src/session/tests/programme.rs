//! The programme's three forms, read from their workbooks and filled in as an agent would.

use std::path::PathBuf;
use std::time::Instant;

use expect_test::{Expect, expect};

use super::*;
use crate::{Limits, read_xlsx};

fn programme(file: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/programme").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(name: &str) -> crate::Reading {
    read_xlsx(&programme(&format!("forms/{name}.xlsx")), &Limits::default()).unwrap_or_else(|errors| {
        panic!("{}", errors.0.iter().map(|problem| format!("{problem}\n")).collect::<String>())
    })
}

fn lists() -> Lookups {
    let mut lookups = Lookups::default();
    for name in ["directivos", "distritos", "provincias", "proyectos"] {
        lookups.insert(name, Table::from_csv(&programme(&format!("lists/{name}.csv"))).unwrap());
    }
    lookups
}

fn fill(name: &str) -> Fill {
    Fill::with(Arc::new(Form::from_source(&read(name).source).unwrap()), lists())
}

/// `T/part[2]/p_nombre` with each position in place of its row.
fn at(fill: &Fill, text: &str) -> String {
    let mut found = String::new();
    for part in text.split('/') {
        if !found.is_empty() {
            found.push('/');
        }
        match part.split_once('[') {
            None => found.push_str(part),
            Some((name, position)) => {
                found.push_str(name);
                let position: usize = position.trim_end_matches(']').parse().unwrap();
                found = fill.rows(&found)[position - 1].clone();
            }
        }
    }
    found
}

/// Plays a script, one act a line, and tells what came of it.
///
/// - `path = answer` answers (several choices with spaces; nothing takes it back)
/// - `+ path` adds a row, `- path` removes one
/// - `? path` tells a value, or a note's words
/// - `pages` tells the pages that are shown
/// - `finalize` tells what stands in the way
#[track_caller]
fn check(fill: &mut Fill, script: &str, expect: Expect) {
    let mut told = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(repeat) = line.strip_prefix("+ ") {
            let repeat = at(fill, repeat);
            fill.add_row(&repeat);
        } else if let Some(row) = line.strip_prefix("- ") {
            let row = at(fill, row);
            fill.remove_row(&row);
        } else if let Some(node) = line.strip_prefix("? ") {
            let found = at(fill, node);
            let (id, row) = fill.session.locate(&path(&found)).unwrap();
            let words = match (fill.session.form.node(id).kind, fill.is_relevant(&found)) {
                (Kind::Note, true) => fill.label(&found),
                (Kind::Note, false) => "(hidden)".to_owned(),
                _ => fill.value(&fill.session.state.path(&fill.session.form, id, row).to_string()),
            };
            told.push_str(&format!("{node}: {words}\n"));
        } else if line == "pages" {
            for page in fill.session.outline().pages.iter().filter(|page| page.relevant) {
                told.push_str(&format!("{} {}/{}\n", page.label, page.answered, page.questions));
            }
        } else if line == "finalize" {
            let issues = fill.session.finalize(now()).issues;
            for found in &issues {
                told.push_str(&format!("page {}, {}: {:?}\n", found.page, found.label, found.issue.kind));
            }
            if issues.is_empty() {
                told.push_str("finalized\n");
            }
        } else {
            let (question, answer) = line.split_once(" =").unwrap();
            let found = at(fill, question);
            fill.answer(&found, answer.trim());
            if let Some(issue) = fill.question(&found).issue {
                let words = issue.message.unwrap_or_default();
                told.push_str(&format!("{question} ={answer}: {:?} {words}\n", issue.kind));
            }
        }
    }
    expect.assert_eq(&told);
    // Whatever was filled in is there again after a power cut.
    let before = fill.session.summary();
    fill.reopen();
    assert_eq!(fill.session.summary(), before);
}

#[test]
fn the_workbooks_are_read_without_a_doubt() {
    for (name, questions) in [("beneficiary_survey", 87), ("site_visit", 40), ("disbursement_receipt", 30)] {
        let reading = read(name);
        let warnings: Vec<String> = reading.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings, Vec::<String>::new(), "{name}");
        assert_eq!(Form::from_source(&reading.source).unwrap().question_count(), questions, "{name}");
    }
}

#[test]
fn an_agent_fills_in_a_visit() {
    let mut fill = fill("site_visit");
    check(
        &mut fill,
        "
        pages
        A/proyecto = NR-050401-01
        ? A/distrito
        ? A/av_prev
        A/fecha = 2026-06-01
        A/fecha = 2026-05-30
        A/hora_ini = 09:30
        A/hora_fin = 09:00
        A/hora_fin = 11:00
        A/tipo = prog
        A/proposito = at avance
        A/gps = -13.16 -74.22 2746
        A/realizada = no
        pages
        A/motivo = clima
        A/realizada = si
        pages
        + T/part
        + T/part
        T/part[1]/p_nombre = Rosa Quispe
        T/part[1]/p_dni = 00000000
        T/part[1]/p_dni = 40506070
        T/part[1]/p_sexo = m
        T/part[1]/p_cargo = pres
        T/part[2]/p_nombre = Juan Huamán
        T/part[2]/p_sexo = h
        T/part[2]/p_cargo = socio
        ? T/n_part
        ? T/n_muj
        T/D/avance = 40
        ? T/D/baja_aviso
        T/D/avance = 50
        ? T/D/baja_aviso
        T/D/bienes = si
        + T/bien
        T/bien[1]/b_desc = Pozas
        T/bien[1]/b_hay = 6
        T/bien[1]/b_est = bueno
        T/E/venta_mes = 1250.50
        T/E/semaforo = verde
        + T/acuerdo
        T/acuerdo[1]/a_txt = Techar las pozas
        T/acuerdo[1]/a_resp = Juan
        T/acuerdo[1]/a_plazo = 2026-05-01
        T/acuerdo[1]/a_plazo = 2026-06-15
        finalize
        T/H/rep_nombre = Rosa Quispe
        T/H/rep_modo = huella
        T/H/rep_firma = huella.png
        T/H/testigo = Ana 41
        T/H/ag_firma = firma.png
        finalize
        pages
        ",
        expect![[r#"
            A. Visita 0/8
            A/distrito: 050401
            A/av_prev: 45
            A/fecha = 2026-06-01: Constraint No puede ser futura
            A/hora_fin = 09:00: Constraint Después del inicio
            A. Visita 8/9
            A. Visita 8/8
            B. Participantes 0/2
            C. Prácticas 0/0
            D. Avance y bienes 0/2
            E. Logros, necesidades y dificultades 0/4
            F. Acuerdos 0/2
            G. Fotos (máximo 6) 0/0
            H. Firmas 0/4
            T/part[1]/p_dni = 00000000: Constraint El DNI tiene 8 dígitos (texto, conserva ceros)
            T/n_part: 2
            T/n_muj: 1
            T/D/baja_aviso: ⚠ El avance baja de 45 %. Explique en la dificultad.
            T/D/baja_aviso: (hidden)
            T/acuerdo[1]/a_plazo = 2026-05-01: Constraint Desde la fecha de visita
            page 8, Representante de la organización: Required
            page 8, Firma o huella: Required
            page 8, Firma / foto de huella: Required
            page 8, Firma del agente: Required
            finalized
            A. Visita 8/8
            B. Participantes 7/10
            C. Prácticas 0/0
            D. Avance y bienes 2/2
            Bienes 3/4
            E. Logros, necesidades y dificultades 2/4
            F. Acuerdos 3/5
            G. Fotos (máximo 6) 0/0
            H. Firmas 5/5
        "#]],
    );
    assert_eq!(fill.stored("q/T/E/venta_mes"), Some(&Scalar::Int(125_050)), "money is céntimos");
}

#[test]
fn an_agent_fills_in_a_survey_of_three() {
    let mut fill = fill("beneficiary_survey");
    check(
        &mut fill,
        "
        A/ronda = lb
        A/region = 05
        A/provincia = 0504
        A/distrito = 050401
        A/centro_poblado = Culluchaca
        A/gps = -12.9 -74.2 3650
        ? A/altitud
        A/tipo_proyecto = nr
        A/proyecto = NR-050401-01
        A/idioma = quy
        A/consentimiento = si
        A/modo_consent = huella
        A/firma_consent = huella.png
        pages
        T/B/nombres = Rosa
        T/B/ap_paterno = Quispe 2
        T/B/ap_paterno = Quispe
        T/B/doc = dni
        T/B/dni = 17801146
        ? T/B/dni_dv_ok
        T/B/dni_dv = 9
        T/B/dni_dv = 0
        T/B/sexo = m
        + T/miembro
        T/miembro[1]/m_nombre = Rosa
        T/miembro[1]/m_parent = jefe
        T/miembro[1]/m_sexo = m
        T/miembro[1]/m_edadmodo = fecha
        T/miembro[1]/m_fnac = 1985-06-01
        ? T/miembro[1]/m_edad
        T/miembro[1]/m_edu = 2
        T/miembro[1]/m_ocup = chacra
        + T/miembro
        T/miembro[2]/m_nombre = Juan
        T/miembro[2]/m_parent = pareja
        T/miembro[2]/m_sexo = h
        T/miembro[2]/m_edadmodo = grupo
        T/miembro[2]/m_grupo = 45
        T/miembro[2]/m_ocup = jornal
        + T/miembro
        T/miembro[3]/m_nombre = Inti
        T/miembro[3]/m_parent = hijo
        T/miembro[3]/m_sexo = h
        T/miembro[3]/m_edadmodo = anios
        T/miembro[3]/m_anios = 9
        ? T/miembro[3]/m_edad
        T/miembro[3]/m_asiste = no
        ? T/n_miembros
        ? T/n_jefes
        ? T/n_ocup
        ? T/aviso_jefe
        T/miembro[2]/m_parent = jefe
        ? T/aviso_jefe
        T/miembro[2]/m_parent = pareja
        T/D/paredes = adobe
        T/D/piso = tierra
        T/D/cuartos = 2
        T/D/agua = pozo
        T/D/sshh = ninguno
        T/D/activos = nada radio
        T/D/activos = radio cel
        ? T/nbi4
        ? T/nbi5
        ? T/nbi
        T/E/tiene_tierra = si
        T/E/area = 1.5
        T/E/area_u = yugada
        ? T/E/area_ha
        + T/cultivo
        T/cultivo[1]/c_cult = papa
        T/cultivo[1]/c_cant = 10
        T/cultivo[1]/c_u = saco
        T/cultivo[1]/c_kgu = 60
        ? T/cultivo[1]/c_kg
        T/cultivo[1]/c_cons = 700
        T/cultivo[1]/c_cons = 200
        T/cultivo[1]/c_vend = 500
        T/cultivo[1]/c_vend = 400
        T/cultivo[1]/c_precio = 1.20
        ? T/cultivo[1]/c_ing
        + T/ganado
        T/ganado[1]/g_esp = cuy
        T/ganado[1]/g_antes = 20
        T/ganado[1]/g_entran = 40
        T/ganado[1]/g_vend = 30
        T/ganado[1]/g_precio = 25
        T/ganado[1]/g_hoy = 25
        ? T/ganado[1]/g_aviso
        T/ganado[1]/g_hoy = 30
        ? T/ganado[1]/g_aviso
        T/ganado[1]/g_cuysis = poza
        T/H/trans = queso
        T/H/trans_venta = 300
        T/H/trans_meses = 10
        T/H/trans_costo = 1000
        T/H/trans_costo = 100
        T/H/otros = juntos
        T/H/otros_monto = 1200
        ? T/ing_bruto
        ? T/ing_neto
        ? T/ing_pc
        T/F8/f1 = si
        T/F8/f2 = si
        T/F8/hdds = tuber carne verd
        ? T/fies
        ? T/hdds_n
        T/J/at_de = agente nadie
        T/J/at_de = agente
        T/J/necesidad = agua mercado via capital
        T/J/necesidad = agua mercado via
        finalize
        pages
        T/E/tiene_tierra = no
        ? T/ing_bruto
        A/consentimiento = no
        pages
        ",
        expect![[r#"
            A/altitud: 3650
            A. Identificación y consentimiento 12/13
            B. Informante 0/6
            C. Miembros del hogar 0/0
            D. Vivienda, servicios y activos 0/9
            E. Tierra 0/1
            G. Animales 0/0
            H. Ingresos 0/5
            I. Seguridad alimentaria (12 meses, por falta de dinero u otros recursos) 0/9
            J. Asistencia técnica y cierre 0/6
            T/B/ap_paterno = Quispe 2: Constraint Solo letras, 2 a 60
            T/B/dni_dv_ok: 0
            T/B/dni_dv = 9: Constraint No coincide con el DNI: revise los 8 dígitos
            T/miembro[1]/m_edad: 40
            T/miembro[3]/m_edad: 9
            T/n_miembros: 3
            T/n_jefes: 1
            T/n_ocup: 2
            T/aviso_jefe: (hidden)
            T/aviso_jefe: ⚠ Debe haber exactamente un jefe o jefa. Hay 2.
            T/D/activos = nada radio: Constraint «Ninguno» va solo
            T/nbi4: 1
            T/nbi5: 0
            T/nbi: 2
            T/E/area_ha: 0.495
            T/cultivo[1]/c_kg: 600
            T/cultivo[1]/c_cons = 700: Constraint No más que lo cosechado
            T/cultivo[1]/c_vend = 500: Constraint Venta + consumo no puede superar la cosecha
            T/cultivo[1]/c_ing: 480
            T/ganado[1]/g_aviso: ⚠ No cuadra: se esperaban 30. Revise o explique.
            T/ganado[1]/g_aviso: (hidden)
            T/H/trans_costo = 1000: Constraint Revise: costo mayor que 3 veces la venta
            T/ing_bruto: 5430
            T/ing_neto: 4430
            T/ing_pc: 123.06
            T/fies: 2
            T/hdds_n: 3
            T/J/at_de = agente nadie: Constraint «Nadie» va solo
            T/J/necesidad = agua mercado via capital: Constraint Máximo 3
            finalized
            A. Identificación y consentimiento 12/13
            B. Informante 6/8
            C. Miembros del hogar 19/25
            D. Vivienda, servicios y activos 6/9
            E. Tierra 3/4
            F. Cultivos de la última campaña 7/7
            G. Animales 7/9
            H. Ingresos 6/9
            I. Seguridad alimentaria (12 meses, por falta de dinero u otros recursos) 3/9
            J. Asistencia técnica y cierre 2/6
            T/ing_bruto: 4950
            A. Identificación y consentimiento 10/11
        "#]],
    );
}

#[test]
fn the_board_signs_a_receipt_and_accounts_for_it() {
    let mut fill = fill("disbursement_receipt");
    check(
        &mut fill,
        "
        A/proyecto = NR-050401-01
        ? A/organizacion
        ? A/tope
        ? A/ya_des
        A/acto = ambos
        A/fecha = 2026-05-31
        A/tramo = 1
        A/tramo = 2
        ? B/b_candado
        B/monto = 50000
        B/monto = 27200.50
        B/aporte_ef = 4000
        B/aporte_val = 2800
        ? B/pct_prog
        ? B/b_pct
        B/modo = abono
        B/f_abono = 2026-05-30
        B/n_oper = 0012345
        B/voucher = voucher.jpg
        + gasto
        gasto[1]/e_fecha = 2026-05-20
        gasto[1]/e_rubro = insumo
        gasto[1]/e_desc = Alambre
        gasto[1]/e_fuente = prog
        gasto[1]/e_tipo = 01
        gasto[1]/e_num = F001-123
        gasto[1]/e_doc = 20100070971
        gasto[1]/e_doc = 20100070970
        gasto[1]/e_prov = Ferretería
        gasto[1]/e_cant = 10
        gasto[1]/e_pu = 12.35
        gasto[1]/e_total = 123
        gasto[1]/e_total = 123.45
        gasto[1]/e_pago = efec
        gasto[1]/e_foto = f.jpg
        + gasto
        gasto[2]/e_fuente = org
        gasto[2]/e_tipo = dj
        gasto[2]/e_cant = 1
        gasto[2]/e_pu = 20.05
        gasto[2]/e_total = 20.05
        ? g_total
        ? g_prog
        ? g_dj
        ? saldo
        ? c_saldo
        ? c_dj
        - gasto[2]
        ? c_saldo
        ? c_dj
        D/acta = 12, folio 40
        D/acta_foto = acta.jpg
        + firmante
        firmante[1]/s_dir = D001
        ? firmante[1]/s_cargo
        firmante[1]/s_modo = verbal
        firmante[1]/s_modo = firma
        firmante[1]/s_img = f1.png
        ? f_aviso
        finalize
        pages
        A/acto = ren
        pages
        ",
        expect![[r#"
            A/organizacion: Asociación de Ganaderos Apu Razuhuillca
            A/tope: 68000
            A/ya_des: 27200
            A/tramo = 1: Constraint El tramo sigue al último registrado
            B/b_candado: (hidden)
            B/monto = 50000: Constraint Supera el saldo aprobado del convenio
            B/pct_prog: 80
            B/b_pct: (hidden)
            gasto[1]/e_doc = 20100070971: Constraint RUC o DNI no válido (dígito verificador del RUC)
            gasto[1]/e_total = 123: Constraint No coincide con cantidad × precio
            g_total: 143.5
            g_prog: 123.45
            g_dj: 20.05
            saldo: 29797.05
            c_saldo: Gastos S/ 143.5; del programa S/ 123.45; saldo S/ 29797.05.
            c_dj: ⚠ Declaraciones juradas superan el 10 %.
            c_saldo: Gastos S/ 123.45; del programa S/ 123.45; saldo S/ 29797.05.
            c_dj: (hidden)
            firmante[1]/s_cargo: pres
            firmante[1]/s_modo = verbal: Constraint Un recibo exige firma o huella
            f_aviso: ⚠ Faltan firmas: presidente/a, tesorero/a y un fiscal o vocal.
            finalized
            A. Proyecto y tramo 4/4
            B. Desembolso 7/7
            C. Gastos 13/13
            D. Asamblea y firmas 2/2
            Firmantes: presidente/a, tesorero/a y fiscal o vocal 3/3
            A. Proyecto y tramo 4/4
            C. Gastos 13/13
            D. Asamblea y firmas 2/2
            Firmantes: presidente/a, tesorero/a y fiscal o vocal 3/3
        "#]],
    );
    let board: Vec<String> = fill.choices(&at(&fill, "firmante[1]/s_dir"));
    assert!(board.contains(&"D001".to_owned()) && board.len() < 10, "only this project's board: {board:?}");
    assert_eq!(fill.stored("q/B/monto"), Some(&Scalar::Int(2_720_050)), "money is céntimos");
}

/// Not a limit that may fail on a busy machine: `xtask bench` holds the limits. This tells the order of things.
#[test]
fn opening_and_answering_are_quick() {
    let source = read("beneficiary_survey").source;
    let started = Instant::now();
    let form = Arc::new(Form::from_source(&source).unwrap());
    let compiled = started.elapsed();
    let lookups = lists();
    let started = Instant::now();
    let (mut session, _) = Session::open(form, environment(lookups), RECORD, &BTreeMap::new());
    let opened = started.elapsed();
    let started = Instant::now();
    session.answer(&path("A/consentimiento"), Some(Answer::Choice("si".to_owned()))).unwrap();
    let answered = started.elapsed();
    assert!(compiled + opened + answered < std::time::Duration::from_secs(5), "{compiled:?} {opened:?} {answered:?}");
}
