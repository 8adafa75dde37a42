//! Pictures on the wall: which were fetched, which are awaited, which can't be shown.

use std::collections::BTreeMap;

use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use linli_record::BlobHash;

use crate::courier::{Drawing, Unseen};

/// Pictures kept ready; when there are more, all are fetched anew as they are looked at.
const KEPT: usize = 64;

/// How far a picture has come.
pub enum Hanging {
    /// On its way.
    Awaited,
    /// Ready.
    Here(TextureHandle),
    /// Not shown, and why.
    Unseen(Unseen),
}

/// The pictures.
#[derive(Default)]
pub struct Gallery {
    hanging: BTreeMap<BlobHash, Hanging>,
}

impl Gallery {
    /// How far a picture has come; `None` when nobody asked for it yet.
    #[must_use]
    pub fn picture(&self, hash: &BlobHash) -> Option<&Hanging> {
        self.hanging.get(hash)
    }

    /// Somebody asked for it.
    pub(crate) fn await_bytes(&mut self, hash: BlobHash) {
        if self.hanging.len() >= KEPT {
            self.hanging.clear();
        }
        self.hanging.insert(hash, Hanging::Awaited);
    }

    /// It came.
    pub(crate) fn hang(&mut self, context: &Context, hash: BlobHash, picture: Result<Drawing, Unseen>) {
        let hanging = match picture {
            Ok(drawing) => {
                let size = [drawing.width, drawing.height];
                let image = ColorImage::from_rgba_unmultiplied(size, &drawing.rgba);
                Hanging::Here(context.load_texture(hash.to_string(), image, TextureOptions::LINEAR))
            }
            Err(unseen) => Hanging::Unseen(unseen),
        };
        self.hanging.insert(hash, hanging);
    }

    /// Something arrived: what was not held may be there now.
    pub(crate) fn look_again(&mut self) {
        self.hanging.retain(|_, hanging| !matches!(hanging, Hanging::Unseen(Unseen::NotHeld)));
    }
}
