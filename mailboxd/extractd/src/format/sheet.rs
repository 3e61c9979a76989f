// SPDX-License-Identifier: AGPL-3.0-or-later
//! Sheets of Excel, by calamine: what is in the cells, as it is shown as far as that is known.

use crate::job::Job;
use crate::output::Block;
use calamine::{Data, Reader, Xls, XlsError, Xlsb, Xlsx};
use std::fmt::Display;
use std::io::Cursor;

const SHEETS_MAX: usize = 500;

/// .xlsx and .xlsm cell by cell, so that the size that a sheet states costs nothing; .xlsb.
pub fn new(job: &mut Job, bytes: &[u8]) {
    let mut book = match Xlsx::new(Cursor::new(bytes)) {
        Ok(book) => book,
        Err(_) => return binary(job, bytes),
    };
    for name in book.sheet_names().into_iter().take(SHEETS_MAX) {
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else { continue };
        let mut table = Table::begin(job, &name);
        loop {
            match cells.next_cell() {
                Ok(Some(cell)) => table.cell(cell.get_position().0, shown(&Data::from(cell.get_value().clone()))),
                Ok(None) => break,
                Err(_) => {
                    table.job.damaged();
                    break;
                }
            }
            if table.job.is_over() {
                return;
            }
        }
        table.end();
    }
}

fn binary(job: &mut Job, bytes: &[u8]) {
    match Xlsb::new(Cursor::new(bytes)) {
        Ok(mut book) => ranges(job, &mut book),
        Err(_) => job.damaged(),
    }
}

/// .xls
pub fn old(job: &mut Job, bytes: &[u8]) {
    match Xls::new(Cursor::new(bytes)) {
        Ok(mut book) => ranges(job, &mut book),
        Err(XlsError::Password) => job.protected(),
        Err(_) => job.damaged(),
    }
}

fn ranges<'a, R: Reader<Cursor<&'a [u8]>>>(job: &mut Job, book: &mut R) {
    for name in book.sheet_names().into_iter().take(SHEETS_MAX) {
        let Ok(range) = book.worksheet_range(&name) else {
            job.damaged();
            continue;
        };
        let mut table = Table::begin(job, &name);
        for (row, _, value) in range.used_cells() {
            table.cell(u32::try_from(row).unwrap_or(u32::MAX), shown(value));
            if table.job.is_over() {
                return;
            }
        }
        table.end();
    }
}

fn shown(value: &Data) -> Option<String> {
    let text = |value: &dyn Display| Some(value.to_string());
    match value {
        Data::Empty => None,
        Data::String(value) | Data::DateTimeIso(value) | Data::DurationIso(value) => Some(value.clone()),
        Data::Int(value) => text(value),
        Data::Float(value) => text(value),
        Data::Bool(value) => text(value),
        Data::DateTime(value) => {
            let (year, month, day, hour, minute, ..) = value.to_ymd_hms_milli();
            let time = if (hour, minute) == (0, 0) { String::new() } else { format!(" {hour:02}:{minute:02}") };
            Some(format!("{year:04}-{month:02}-{day:02}{time}"))
        }
        Data::Error(value) => text(value),
    }
}

struct Table<'a> {
    job: &'a mut Job,
    row: Option<u32>,
}

impl Table<'_> {
    fn begin<'a>(job: &'a mut Job, name: &str) -> Table<'a> {
        job.out.block(Block::Heading, name);
        job.out.begin(Block::Table);
        Table { job, row: None }
    }

    fn cell(&mut self, row: u32, text: Option<String>) {
        let Some(text) = text else { return };
        if self.row != Some(row) {
            if self.row.is_some() {
                self.job.out.end(Block::Row);
            }
            self.job.out.begin(Block::Row);
            self.row = Some(row);
        }
        self.job.out.block(Block::Cell, &text);
    }

    fn end(self) {
        if self.row.is_some() {
            self.job.out.end(Block::Row);
        }
        self.job.out.end(Block::Table);
    }
}
