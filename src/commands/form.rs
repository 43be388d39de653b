//! `uketsuke form probe FILE`: holds a real form against a catalogue, or makes a catalogue of it. The file is read by a
//! reader child.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use clap::Subcommand;
use serde_json::{Value as Json, json};

use super::{End, table};
use crate::{
    config::Config,
    desk::{
        letter::words::Words,
        rules::{Form, Rules},
        workbook::probe::{Held, Probe},
    },
};

/// Arguments of `form`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Hold a real form against the catalogue: which rows and columns were found, where, and by which words
    Probe(ProbeArguments),
}

/// Arguments of `form probe`.
#[derive(Debug, clap::Args)]
struct ProbeArguments {
    /// A blank or filled form
    file: PathBuf,
    /// The catalogue's version; without it, the version that the form names, or the programme's
    #[arg(long, value_name = "VERSION")]
    form: Option<String>,
    /// Write a catalogue of the form's rows to a new file
    #[arg(long, value_name = "FILE.toml")]
    write: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "write")]
    json: bool,
}

/// Runs `form`. Without a configuration folder the built-in example is used.
///
/// # Errors
/// When a file cannot be read or written, or there is no such catalogue.
pub async fn run(arguments: &Arguments, folder: &Path) -> Result<End> {
    let Command::Probe(arguments) = &arguments.command;
    let config = if folder.exists() { Config::read(folder)? } else { Config::example()? };
    let bytes = fs::read(&arguments.file).with_context(|| format!("cannot read {}", arguments.file.display()))?;
    let name = arguments.file.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let why = match config.readers()?.probe(&name, bytes).await {
        Ok(Ok(probe)) => {
            return match &arguments.write {
                Some(path) => write(&probe, arguments.form.as_ref(), path),
                None => tell(&probe, arguments, &config.rules, folder),
            };
        }
        Ok(Err(why)) => Words::new(&config.templates)?.reason(why.name()),
        Err(why) => why.to_string(),
    };
    if arguments.json {
        table::json(&json!({ "verdict": "unreadable", "name": name, "why": why }))?;
    } else {
        table::rows(&["File", "Unreadable"], &[vec![name, why]])?;
    }
    Ok(End::CouldNot)
}

/// The catalogue that a form is held against.
fn against<'a>(probe: &'a Probe, wanted: Option<&String>, rules: &Rules) -> Result<&'a Held> {
    let of = |version: &str| probe.held.iter().find(|it| it.version == version);
    if let Some(version) = wanted {
        let known: Vec<&str> = probe.held.iter().map(|it| it.version.as_str()).collect();
        return of(version).with_context(|| format!("no catalogue of version {version}, only of {}", known.join(", ")));
    }
    let own = probe.version.as_ref().and_then(|it| of(&it.version));
    own.or_else(|| of(&rules.programme.form_version)).context("no catalogue at all")
}

fn tell(probe: &Probe, arguments: &ProbeArguments, rules: &Rules, folder: &Path) -> Result<End> {
    let held = against(probe, arguments.form.as_ref(), rules)?;
    let mut differences = held.differences();
    match &probe.version {
        Some(it) if it.version == held.version => {}
        Some(it) => differences.push(format!("version: the form says {}, the catalogue {}", it.version, held.version)),
        None => differences.push("version: found nowhere; the desk would ask each company for it".to_owned()),
    }
    let verdict = verdict(held, &differences, folder);
    if arguments.json {
        table::json(&object(probe, held, &differences, &verdict))?;
    } else {
        show(probe, held, &differences)?;
        table::line("")?;
        table::line(&verdict)?;
    }
    Ok(if differences.is_empty() { End::Done } else { End::Found })
}

fn verdict(held: &Held, differences: &[String], folder: &Path) -> String {
    let (found, all) = (held.found(), held.rows.len());
    let file = catalogue_file(folder, &held.version);
    match (differences.len(), held.confirmed) {
        (0, true) => format!("all {all} rows found; {file} is confirmed already"),
        (0, false) => format!("all {all} rows found; set confirmed = true in {file}"),
        (1, _) => format!("{found} of {all} rows found, 1 difference; mend {file}, or look for another form"),
        (count, _) => {
            format!("{found} of {all} rows found, {count} differences; mend {file}, or look for another form")
        }
    }
}

/// The file that holds the catalogue of a version.
fn catalogue_file(folder: &Path, version: &str) -> String {
    let forms = folder.join("forms");
    let files = fs::read_dir(&forms).into_iter().flatten().filter_map(|it| Some(it.ok()?.path()));
    let is_it = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap_or_default();
        toml::from_str::<Form>(&text).is_ok_and(|it| it.version == version)
    };
    let mut found = files.filter(|it| it.extension().is_some_and(|it| it == "toml")).filter(is_it);
    found.next().unwrap_or_else(|| forms.join(format!("dxpi-{version}.toml"))).display().to_string()
}

fn object(probe: &Probe, held: &Held, differences: &[String], verdict: &str) -> Json {
    json!({
        "verdict": if differences.is_empty() { "all-found" } else { "differences" },
        "summary": verdict,
        "name": probe.name,
        "title": probe.title,
        "version": probe.version,
        "sheets": probe.sheets,
        "tables": probe.tables,
        "against": held,
        "differences": differences,
        "doubts": probe.doubts,
    })
}

fn show(probe: &Probe, held: &Held, differences: &[String]) -> Result<()> {
    let version = probe.version.as_ref().map_or(vec!["-".to_owned(), "found nowhere".to_owned()], |it| {
        let spot =
            it.spot.as_ref().map_or("property or file name".to_owned(), |it| format!("{} {}", it.sheet, it.cell));
        vec![it.version.clone(), spot]
    });
    let version = [version, vec![held.version.clone()]].concat();
    table::rows(&["Version", "Where", "Held against"], &[version])?;
    table::line("")?;
    let sheets: Vec<Vec<String>> = probe
        .sheets
        .iter()
        .map(|it| vec![it.name.clone(), if it.hidden { "hidden" } else { "-" }.to_owned(), it.tables.to_string()])
        .collect();
    table::rows(&["Sheet", "Hidden", "Tables"], &sheets)?;
    table::line("")?;
    let columns = probe.tables.iter().flat_map(|table| {
        table.columns.iter().map(|it| {
            let sheet = if table.standing == "form" {
                table.sheet.clone()
            } else {
                format!("{} ({})", table.sheet, table.standing)
            };
            vec![sheet, it.stands_for.clone(), it.cell.clone(), it.header.clone()]
        })
    });
    table::rows(&["Sheet", "Stands for", "Cell", "Header"], &columns.collect::<Vec<_>>())?;
    table::line("")?;
    table::rows(&["No", "Title", "Sheet", "Current", "Target", "How sure"], &rows(held))?;
    if !differences.is_empty() {
        table::line("")?;
        let lines: Vec<Vec<String>> = differences.iter().map(|it| vec![it.clone()]).collect();
        table::rows(&["Difference"], &lines)?;
    }
    Ok(())
}

fn rows(held: &Held) -> Vec<Vec<String>> {
    let of = |it: &crate::desk::workbook::probe::RowSeen| {
        let found = it.found.as_ref().map_or_else(
            || ["-", "-", "-", "not found"].map(str::to_owned).to_vec(),
            |it| {
                let target = it.target.clone().unwrap_or_else(|| "-".to_owned());
                vec![it.current.sheet.clone(), it.current.cell.clone(), target, it.sure.name().to_owned()]
            },
        );
        [vec![it.no.clone(), it.title.clone()], found].concat()
    };
    held.rows.iter().map(of).collect()
}

/// Writes the catalogue that was made of the form; never over a file that is there.
fn write(probe: &Probe, version: Option<&String>, path: &Path) -> Result<End> {
    ensure!(!probe.catalogue.is_empty(), "no row of {} looks like an indicator", probe.name);
    let version = version.or(probe.version.as_ref().map(|it| &it.version));
    let version = version.context("the form names no version: give one with --form")?;
    let title = probe.title.clone().unwrap_or_else(|| "自己診断フォーマット".to_owned());
    let form = Form { version: version.clone(), title, confirmed: false, rows: probe.catalogue.clone() };
    create(path, &text(&probe.name, &form)?).with_context(|| format!("cannot write {}", path.display()))?;
    table::line(&format!(
        "{} rows written to {}; read it, then `uketsuke form probe` again, then set confirmed = true",
        form.rows.len(),
        path.display()
    ))?;
    for it in &probe.doubts {
        eprintln!("{} {} {}: {}", it.spot.sheet, it.spot.cell, it.title, it.why);
    }
    Ok(End::Done)
}

/// A new file with this text, or none at all.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    file.write_all(text.as_bytes()).inspect_err(|_| {
        // what is half written is no catalogue; the first error is the one to tell
        let _ = fs::remove_file(path);
    })
}

fn text(name: &str, form: &Form) -> Result<String> {
    let name: String = name.chars().filter(|it| !it.is_control()).collect();
    let head = format!(
        "# Made of {name}, version {}, by `uketsuke form probe --write`.\n\
         # Numbers that begin with a letter are ids of ours, where the form prints none. A row is recognised by number and\n\
         # title together, or by its title. `confirmed` stays false until a person has read this.\n",
        form.version
    );
    Ok(head + &toml::to_string(form).context("cannot write the catalogue")?)
}
