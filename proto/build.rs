//! Compiles `alliantie/**/*.proto` without protoc, and refuses a contract in which an RPC has no
//! access rule.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost_reflect::{DescriptorPool, MethodDescriptor};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=alliantie");
    println!("cargo:rerun-if-changed=google");

    let mut files = Vec::new();
    collect(Path::new("alliantie"), &mut files)?;
    files.sort();
    // Details of errors travel as `Any`; a reader needs their descriptors to show them.
    files.push(PathBuf::from("google/rpc/error_details.proto"));

    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_source_info(true).include_imports(true).open_files(&files)?;

    // The encoded set keeps custom options, which the one of prost-types drops.
    let encoded = compiler.encode_file_descriptor_set();
    require_access_rules(&DescriptorPool::decode(encoded.as_slice())?)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), encoded)?;

    tonic_prost_build::configure()
        // The digest of a delivery is over observations as they are encoded: with one order of the categories.
        .btree_map(".alliantie.indicators.v1.Observation.categories")
        .extern_path(".google.rpc", "::tonic_types::pb")
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

fn require_access_rules(pool: &DescriptorPool) -> Result<(), Box<dyn Error>> {
    let access =
        pool.get_extension_by_name("alliantie.api.v1.access").ok_or("the option `access` is gone")?;
    let open: Vec<String> = pool
        .services()
        .flat_map(|service| service.methods().collect::<Vec<MethodDescriptor>>())
        .filter(|method| {
            let options = method.options();
            let rule = options.get_extension(&access);
            let admits = |field| {
                rule.as_message()
                    .and_then(|rule| rule.get_field_by_name(field))
                    .and_then(|list| list.as_list().map(|list| !list.is_empty()))
                    .unwrap_or(false)
            };
            !admits("roles") && !admits("services")
        })
        .map(|method| method.full_name().to_owned())
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(format!("no access rule (option alliantie.api.v1.access) on: {}", open.join(", ")).into())
}
