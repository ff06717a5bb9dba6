//! An export of order_db: in CSV, or the sample restaurant's.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use csv::{Reader, StringRecord};
use flate2::read::MultiGzDecoder;
use sandbox::databases::{LineRow, OrderRow};
use sandbox::sample::{NextIds, Sample};

/// The rows of both tables.
pub(crate) struct Export {
    pub(crate) orders: Vec<OrderRow>,
    pub(crate) lines: Vec<LineRow>,
}

impl Export {
    /// Reads `orders.csv` and `order_items.csv`, or the same with `.gz`, from a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let orders = rows(folder, "orders.csv", |row| {
            let total = row.text("total_amount")?;
            let is_null = matches!(total, "" | "NULL" | r"\N");
            Ok(OrderRow {
                id: row.number("id")?,
                created_at: row.text("created_at")?.to_owned(),
                status: row.text("status")?.to_owned(),
                table_id: row.number("table_id")?,
                total_amount: (!is_null).then(|| total.to_owned()),
                user_id: row.number("user_id")?,
            })
        })?;
        let lines = rows(folder, "order_items.csv", |row| {
            Ok(LineRow {
                id: row.number("id")?,
                item_id: row.number("item_id")?,
                item_name: row.text("item_name")?.to_owned(),
                quantity: row.number("quantity")?,
                unit_price: row.text("unit_price")?.to_owned(),
                order_id: row.number("order_id")?,
            })
        })?;
        Ok(Self { orders, lines })
    }

    /// The sample restaurant's.
    pub(crate) fn of_sample(sample: &Sample) -> Self {
        let mut ids = NextIds::default();
        let mut export = Self { orders: Vec::new(), lines: Vec::new() };
        for day in sample.days_from(sample.first) {
            let rows = sample.day(day, &mut ids);
            export.orders.extend(rows.orders);
            export.lines.extend(rows.lines);
        }
        export
    }

    /// The values of `status` that order_db is not known to have.
    pub(crate) fn extra_statuses(&self) -> Vec<String> {
        let known = ["CREATED", "CONFIRMED", "PREPARING", "READY", "SERVED"];
        let statuses: BTreeSet<&str> = self.orders.iter().map(|order| order.status.as_str()).collect();
        statuses.into_iter().filter(|status| !known.contains(status)).map(str::to_owned).collect()
    }
}

/// One line of a file, its columns by name.
struct Row<'a> {
    header: &'a StringRecord,
    record: &'a StringRecord,
}

impl Row<'_> {
    fn text(&self, column: &str) -> Result<&str> {
        let at = self.header.iter().position(|name| name == column);
        at.and_then(|at| self.record.get(at)).with_context(|| format!("there is no column {column}"))
    }

    fn number<T: std::str::FromStr>(&self, column: &str) -> Result<T> {
        let text = self.text(column)?;
        text.parse().ok().with_context(|| format!("{column} is {text:?}, not a whole number in range"))
    }
}

fn rows<T>(folder: &Path, name: &str, row: impl Fn(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
    let mut reader = Reader::from_reader(open(folder, name)?);
    let header = reader.headers().with_context(|| format!("cannot read {name}"))?.clone();
    let records = reader.records().enumerate().map(|(at, record)| {
        let record = record.with_context(|| format!("cannot read {name}"))?;
        row(&Row { header: &header, record: &record }).with_context(|| format!("row {} of {name}", at + 1))
    });
    records.collect()
}

fn open(folder: &Path, name: &str) -> Result<Box<dyn Read>> {
    let open = |path: &Path| File::open(path).with_context(|| format!("cannot open {}", path.display()));
    let (plain, packed) = (folder.join(name), folder.join(format!("{name}.gz")));
    if plain.is_file() {
        Ok(Box::new(open(&plain)?))
    } else if packed.is_file() {
        Ok(Box::new(MultiGzDecoder::new(open(&packed)?)))
    } else {
        bail!("{} has neither {name} nor {name}.gz", folder.display())
    }
}
