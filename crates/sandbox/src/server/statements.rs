//! Writes down what goes through a [`Doorway`](super::doorway::Doorway), as other servers' general logs do: a tab, the
//! connection's number and the command, a tab, the text.
//!
//! It reads the client's side of MySQL's protocol, which is packets of a length in three bytes, a number and a
//! payload. Connections with TLS or compression it cannot read.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

/// Where statements are written. Lines are written whole.
pub(super) type Log = Arc<File>;

/// What one connection says.
#[derive(Debug)]
pub(super) struct Statements {
    log: Log,
    connection: u64,
    /// Bytes of a packet that is not whole yet.
    pending: Vec<u8>,
    greeted: bool,
    prepared: Arc<Mutex<Prepared>>,
}

/// The statements that the server keeps for a connection.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// Sent, and not answered yet.
    asked: Option<String>,
    by_number: HashMap<u32, String>,
}

impl Prepared {
    /// Takes in the beginning of what the server sent. A client waits for the answer to one request before it sends
    /// another, so what comes after a statement to prepare is the number it was given.
    pub(super) fn answer(&mut self, bytes: &[u8]) {
        if let (Some(text), [_, _, _, _, 0, a, b, c, d, ..]) = (self.asked.take(), bytes) {
            self.by_number.insert(u32::from_le_bytes([*a, *b, *c, *d]), text);
        }
    }
}

impl Statements {
    pub(super) fn new(log: Log, connection: u64, prepared: Arc<Mutex<Prepared>>) -> Self {
        Self { log, connection, pending: Vec::new(), greeted: false, prepared }
    }

    /// Takes in what the client sent, before the server gets it.
    pub(super) fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.pending.extend_from_slice(bytes);
        while let [a, b, c, _, payload @ ..] = self.pending.as_slice() {
            let length = usize::from(*a) | usize::from(*b) << 8 | usize::from(*c) << 16;
            let Some(packet) = payload.get(..length).map(<[u8]>::to_vec) else { break };
            self.pending.drain(..length + 4);
            self.packet(&packet)?;
        }
        Ok(())
    }

    fn packet(&mut self, packet: &[u8]) -> io::Result<()> {
        if !self.greeted {
            // Capabilities, the largest packet, the character set and a filler come before the user's name.
            let name = packet.get(32..).and_then(|rest| rest.split(|byte| *byte == 0).next());
            self.greeted = true;
            return name.map_or(Ok(()), |name| self.write("Connect", &format!("{}@door", text_of(name))));
        }
        match packet {
            [0x01] => self.write("Quit", ""),
            [0x03, text @ ..] => self.write("Query", &text_of(text)),
            [0x16, text @ ..] => {
                let text = text_of(text);
                self.prepared.lock().unwrap_or_else(PoisonError::into_inner).asked = Some(text.clone());
                self.write("Prepare", &text)
            }
            [0x17, a, b, c, d, ..] => {
                let number = u32::from_le_bytes([*a, *b, *c, *d]);
                let prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
                let text = prepared.by_number.get(&number).cloned();
                drop(prepared);
                self.write(
                    "Execute",
                    &text.unwrap_or_else(|| format!("statement {number}, not seen prepared")),
                )
            }
            _ => Ok(()),
        }
    }

    fn write(&self, command: &str, text: &str) -> io::Result<()> {
        self.log.as_ref().write_all(format!("\t{:>6} {command}\t{text}\n", self.connection).as_bytes())
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _, SeekFrom};

    use super::*;

    /// A packet as MySQL's protocol has it.
    fn packet(payload: &[u8]) -> Vec<u8> {
        [&[u8::try_from(payload.len()).unwrap(), 0, 0, 0], payload].concat()
    }

    #[test]
    fn what_a_client_says_is_written_down() {
        let mut file = tempfile::tempfile().unwrap();
        let prepared = Arc::default();
        let mut statements = Statements::new(Arc::new(file.try_clone().unwrap()), 7, Arc::clone(&prepared));
        let said = [
            packet(&[&[0; 32][..], b"reader\0password"].concat()),
            packet(b"\x03SET autocommit = 1"),
            packet(b"\x16SELECT ?"),
        ]
        .concat();
        // However the network cuts it.
        for part in said.chunks(5) {
            statements.say(part).unwrap();
        }
        prepared.lock().unwrap().answer(&packet(&[0, 3, 0, 0, 0, 1, 0, 1, 0]));
        statements.say(&packet(&[0x17, 3, 0, 0, 0, 0])).unwrap();
        let mut log = String::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_string(&mut log).unwrap();
        assert_eq!(
            log,
            "\t     7 Connect\treader@door\n\t     7 Query\tSET autocommit = 1\n\
             \t     7 Prepare\tSELECT ?\n\t     7 Execute\tSELECT ?\n"
        );
    }
}
