//! What servers keep tables in.

/// Those of MySQL and MariaDB that know no transactions. Named, since what a server says of its engines differs, and
/// those of other servers all know them.
const WITHOUT_TRANSACTIONS: [&str; 7] =
    ["MyISAM", "Aria", "MEMORY", "CSV", "ARCHIVE", "MRG_MyISAM", "FEDERATED"];

/// Whether a table of this storage engine can neither roll back nor show an older state.
pub(crate) fn is_without_transactions(engine: &str) -> bool {
    WITHOUT_TRANSACTIONS.iter().any(|name| name.eq_ignore_ascii_case(engine))
}
