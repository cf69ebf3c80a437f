//! Links lead somewhere.

use std::collections::BTreeSet;

use crate::page::{read, root};

const PAGES: [&str; 10] = [
    "README.md",
    "docs/api.md",
    "docs/architecture.md",
    "docs/ark.md",
    "docs/authentication.md",
    "docs/limits.md",
    "docs/nostr.md",
    "docs/operations.md",
    "docs/payments.md",
    "docs/problems.md",
];

/// The anchors of a page, as GitHub makes them from headings.
fn anchors(path: &str) -> BTreeSet<String> {
    let heading = |line: &str| {
        let text = line.strip_prefix('#')?.trim_start_matches('#').trim();
        let kept = text
            .chars()
            .filter(|one| one.is_alphanumeric() || matches!(one, ' ' | '-' | '_'));
        Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
    };
    read(path).lines().filter_map(heading).collect()
}

#[test]
fn every_link_within_the_repository_leads_somewhere() {
    for page in PAGES {
        let text = read(page);
        let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        for rest in text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap();
            if target.starts_with("https://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() {
                root().join(page)
            } else {
                root().join(folder).join(file)
            };
            let path = path
                .canonicalize()
                .unwrap_or_else(|_| panic!("{page} links to {target}, which is not there"));
            if !anchor.is_empty() {
                let relative = path
                    .strip_prefix(root().canonicalize().unwrap())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                assert!(
                    anchors(&relative).contains(anchor),
                    "{page} links to {target}, which has no such heading"
                );
            }
        }
    }
}

#[test]
fn every_page_is_linked_from_the_readme() {
    let readme = read("README.md");
    for page in &PAGES[1..] {
        assert!(readme.contains(&format!("]({page})")), "{page}");
    }
}
