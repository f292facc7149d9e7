//! The Kubernetes manifests: each folder that can be applied renders, and obeys our rules.

mod lint;
mod pod;
mod quantity;

use std::path::PathBuf;
use std::process::Command;
use std::{fs, io};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::{shell, tools};

/// Where they are: `k8s/base` itself, and what is laid over it.
const OVERLAYS: &str = "k8s/overlays";
const BASE: &str = "k8s/base";

pub(crate) fn check() -> anyhow::Result<()> {
    let kubectl = tools::kubectl()?;
    let mut broken = 0;
    for folder in folders()? {
        let objects = render(&kubectl, &folder)?;
        let problems = lint::check(&objects);
        for problem in &problems {
            shell::say(format!("{}: {problem}", folder.display()));
        }
        shell::say(format!("{}: {} objects", folder.display(), objects.len()));
        broken += problems.len();
    }
    if broken > 0 {
        bail!("{broken} rules for manifests are broken");
    }
    Ok(())
}

fn folders() -> anyhow::Result<Vec<PathBuf>> {
    let mut folders = vec![PathBuf::from(BASE)];
    match fs::read_dir(shell::root()?.join(OVERLAYS)) {
        Ok(entries) => {
            for entry in entries {
                folders.push(PathBuf::from(OVERLAYS).join(entry?.file_name()));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).context(OVERLAYS),
    }
    folders.sort();
    Ok(folders)
}

fn render(kubectl: &PathBuf, folder: &PathBuf) -> anyhow::Result<Vec<Value>> {
    let yaml = shell::output(shell::command(kubectl)?.arg("kustomize").arg(folder))?;
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), yaml)?;
    // A patch that changes nothing: kubectl's way to turn YAML into JSON without a cluster.
    let mut patch = local(kubectl)?;
    patch.args(["patch", "--local", "--type=merge", "--patch={}", "--output=json", "--filename"]);
    let json = shell::output(patch.arg(file.path()))?;
    let objects: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&json).into_iter().collect();
    objects.with_context(|| format!("what {} renders to", folder.display()))
}

/// kubectl that knows of no cluster.
fn local(kubectl: &PathBuf) -> anyhow::Result<Command> {
    let mut command = shell::command(kubectl)?;
    command.env("KUBECONFIG", "/dev/null");
    Ok(command)
}
