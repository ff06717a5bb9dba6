//! A private database server: found or unpacked, started on loopback with an own data folder, and gone with its owner.

mod data;
mod doorway;
mod engine;
mod provision;
mod running;
mod seekdb;
mod snapshots;
mod statements;

pub use engine::Engine;
pub(crate) use engine::{run_unpacked, subfolders};
pub use provision::provide;
pub(crate) use provision::{run, unpack_beside, unpack_package};
pub use running::{Options, Server};
pub(crate) use running::{connect_as_root, random_password};
pub use snapshots::snapshots;
