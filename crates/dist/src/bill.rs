//! A program's bill of materials: CycloneDX 1.6 in JSON. No serial number and no time, which would differ each time.

use anyhow::Context as _;
use runtime::release;
use serde_json::{Value, json};

use crate::packages::{Id, Package, Program};

/// The bill of one program.
pub(crate) fn of(program: &Program) -> anyhow::Result<String> {
    let (ours, theirs) =
        program.packages.values().partition::<Vec<_>, _>(|(found, _)| found.name == program.name);
    let (itself, _) = ours.first().context("it is not among what it is built of")?;
    let components = theirs.iter().map(|(found, _)| component(found, "library"));
    let dependencies = program.packages.iter().map(|(id, (_, used))| {
        json!({ "ref": reference(id), "dependsOn": used.iter().map(reference).collect::<Vec<_>>() })
    });
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": component(itself, "application")?,
            "tools": { "components": [{ "type": "application", "name": "dist", "version": release::VERSION }] },
        },
        "components": components.collect::<anyhow::Result<Vec<_>>>()?,
        "dependencies": dependencies.collect::<Vec<_>>(),
    });
    Ok(format!("{bill:#}\n"))
}

fn component(package: &Package, kind: &str) -> anyhow::Result<Value> {
    let reference = reference(&package.id());
    let mut component = json!({
        "type": kind,
        "bom-ref": reference,
        "name": package.name,
        "version": package.version,
        "licenses": [{ "expression": package.terms()? }],
    });
    // What is of this workspace is in no registry.
    if !package.is_ours() {
        component["purl"] = json!(reference);
    }
    if let Some(description) = &package.description {
        component["description"] = json!(description.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    if let Some(checksum) = &package.checksum {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    Ok(component)
}

/// The package's URL, by which one bill refers to it. A plus sign would be read as a space.
fn reference((name, version): &Id) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}
