// SPDX-License-Identifier: AGPL-3.0-or-later
//! Tables in plain text, columns as wide as what is in them.

pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(title: &str, head: &[&str]) -> Table {
        println!("\n{title}\n");
        Table { rows: vec![head.iter().map(|text| (*text).to_owned()).collect()] }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        eprintln!("  {}", cells.join("  "));
        self.rows.push(cells);
    }

    pub fn print(&self) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |at: usize| self.rows.iter().filter_map(|row| row.get(at)).map(|c| c.chars().count()).max();
        let widths: Vec<_> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let pad = |(at, cell): (usize, &String)| match at {
                0 => format!("{cell:<width$}", width = widths[at]),
                _ => format!("{cell:>width$}", width = widths[at]),
            };
            println!("  {}", row.iter().enumerate().map(pad).collect::<Vec<_>>().join("  "));
            if number == 0 {
                println!("  {}", "-".repeat(widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1)));
            }
        }
    }
}

/// The q-th quantile in milliseconds; sorts.
pub fn milliseconds(times: &mut [std::time::Duration], q: f64) -> String {
    times.sort_unstable();
    let at = ((times.len() as f64 - 1.0) * q).round().max(0.0) as usize;
    times.get(at).map_or("-".into(), |time| format!("{:.2}", time.as_secs_f64() * 1e3))
}

pub fn mebibytes(octets: u64) -> String {
    format!("{:.1}", octets as f64 / f64::from(1 << 20))
}
