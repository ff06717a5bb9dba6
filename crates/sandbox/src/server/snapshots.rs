//! What a server's query log tells of snapshots: in each of them the API reads one answer.

/// The statements of one snapshot after another, as the log has them.
#[must_use]
pub fn snapshots(log: &str) -> Vec<Vec<String>> {
    let mut snapshots: Vec<Vec<String>> = Vec::new();
    let mut inside = None;
    for line in log.lines() {
        let Some(connection) = connection(line) else { continue };
        if line.contains("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY") {
            snapshots.push(Vec::new());
            inside = Some(connection);
        } else if inside == Some(connection) {
            if line.contains("Query\tCOMMIT") {
                inside = None;
            } else if let Some(snapshot) = snapshots.last_mut() {
                snapshot.push(line.to_owned());
            }
        }
    }
    snapshots
}

/// The number of the connection that a line's statement came by: the API looks at the generation by another one.
fn connection(line: &str) -> Option<&str> {
    let (before, _) = line.split_once("Execute\t").or_else(|| line.split_once("Query\t"))?;
    before.split_whitespace().last()
}
