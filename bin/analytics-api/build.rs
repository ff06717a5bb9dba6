//! Unpacks what `/docs` shows of Swagger UI, so that the program holds it and nothing is fetched, neither now nor by a
//! browser.

use std::borrow::Cow;
use std::error::Error;
use std::fs::File;
use std::io::{self, Cursor};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

/// The page and its start are our own.
const FILES: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    #[expect(clippy::disallowed_methods, reason = "cargo tells a build script by it where to write")]
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run this by cargo")?);
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    for file in FILES {
        let end = format!("/dist/{file}");
        let entry = archive.file_names().filter_map(Result::ok).find(|name| name.ends_with(&end));
        let entry = entry.map(Cow::into_owned);
        let entry = entry.ok_or_else(|| format!("the archive of Swagger UI holds no {end}"))?;
        let packed = File::create(folder.join(format!("{file}.gz")))?;
        let mut packed = GzEncoder::new(packed, Compression::best());
        io::copy(&mut archive.by_name(&entry)?, &mut packed)?;
        packed.finish()?;
    }
    Ok(())
}
