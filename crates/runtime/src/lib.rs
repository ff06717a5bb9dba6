//! What a process needs before it can do its work: settings, a clock, logging, database connections, and word of
//! when to stop.
//!
//! Nothing here knows what an order or a forecast is, and nothing here ends the process: what went wrong is returned
//! to the program, which chooses the exit code.

pub mod clock;
pub mod database;
pub mod logging;
pub mod release;
pub mod settings;
pub mod shutdown;
