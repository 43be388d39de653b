//! Everything we decide. Pure: same input, same output.
//!
//! In reading order: the words ([`case`], [`reading`], [`rules`]), what comes in ([`mail`], [`workbook`],
//! [`questionnaire`], [`schedule`]), what we make of it ([`check`], [`decide`]), what goes out ([`letter`],
//! [`digest`], [`brief`]).

pub mod brief;
pub mod case;
pub mod check;
pub mod decide;
pub mod digest;
pub mod letter;
pub mod mail;
pub mod once;
pub mod questionnaire;
pub mod reading;
pub mod rules;
pub mod schedule;
pub mod text;
pub mod trust;
pub mod workbook;
