//! The frame around every page: `templates/base.html`.

use super::assets;

/// What the frame shows and links to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Title of the page in the browser, without the name of the site.
    pub(super) title: String,
    /// Path of the style sheet.
    pub(super) style: String,
    /// Path of the icon.
    pub(super) icon: String,
}

impl Layout {
    /// The frame around a page with this title.
    pub(super) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), style: assets::STYLE.path(), icon: assets::ICON.path() }
    }
}
