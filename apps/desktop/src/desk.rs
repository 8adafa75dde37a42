//! The loop: news are heard, wishes are settled, then one frame is painted from what is true.
//!
//! [`Desk`] keeps only what belongs to this window. Everything about the neighbourhood is in the [`View`] it was handed. It
//! never waits and never asks the node: [`Desk::settle`] hands out errands, [`Desk::hear`] takes news in.

use egui::{Context, Ui};

use crate::command::{Command, Field, Page, Place, Sheet, Wish};
use crate::courier::{Errand, News};
use crate::gallery::Gallery;
use crate::keepsake::Keepsake;
use crate::theme::{self, Look, Palette};
use crate::view::{Stage, View};
use crate::window::{Done, Forms, Note, Window};
use crate::words::{Language, Words};
use crate::{errand, keys, screen};

/// What a painter may see and say: words, colours, the window's own state, the neighbourhood, and a tray for commands.
pub struct Scene<'a> {
    /// Words of the chosen language.
    pub words: &'a Words,
    /// Colours of the chosen look.
    pub palette: &'a Palette,
    /// The window's own state.
    pub window: &'a Window,
    /// The neighbourhood.
    pub view: &'a View,
    /// Pictures that were fetched.
    pub gallery: &'a Gallery,
    /// Wishes of this frame, in the order they were made.
    pub tray: &'a mut Vec<Command>,
}

impl Scene<'_> {
    /// Lays a command on the tray.
    pub fn ask(&mut self, command: Command) {
        self.tray.push(command);
    }

    /// Lays a wish on the tray.
    pub fn wish(&mut self, wish: Wish) {
        self.tray.push(Command::Wish(wish));
    }
}

/// One window on the neighbourhood.
pub struct Desk {
    view: View,
    words: Words,
    window: Window,
    palette: Palette,
    gallery: Gallery,
    tray: Vec<Command>,
    kept: Keepsake,
    /// The look and scale the context wears; `None` until the first frame.
    worn: Option<(Look, u16)>,
}

impl Desk {
    /// A desk as it was left, speaking `language` unless another was chosen then.
    #[must_use]
    pub fn new(keepsake: Keepsake, language: Language) -> Self {
        let window = Window::remembered(&keepsake);
        Self {
            view: View::default(),
            words: Words::new(keepsake.language.unwrap_or(language)),
            palette: Palette::of(window.look),
            window,
            gallery: Gallery::default(),
            tray: Vec::new(),
            kept: keepsake,
            worn: None,
        }
    }

    /// Lays a command on the tray, as a widget would.
    pub fn ask(&mut self, command: Command) {
        self.tray.push(command);
    }

    /// What is shown of the neighbourhood.
    #[must_use]
    pub const fn view(&self) -> &View {
        &self.view
    }

    /// The window's own state.
    #[must_use]
    pub const fn window(&self) -> &Window {
        &self.window
    }

    /// Takes news in.
    pub fn hear(&mut self, context: &Context, news: impl IntoIterator<Item = News>) {
        for news in news {
            match news {
                News::View(view) => self.show(*view),
                News::Done(wish, answer) => {
                    let next = errand::done(&mut self.window, &wish, *answer);
                    self.tray.extend(next.map(Command::Wish));
                }
                News::Refused(wish, trouble) => {
                    self.window.underway.remove(&wish);
                    self.window.note = Some(Note::Trouble(trouble));
                }
                News::Knocking(note) => self.window.joining = Some(note),
                News::Picture(hash, picture) => self.gallery.hang(context, hash, picture),
            }
        }
    }

    /// Replaces what is shown.
    pub fn show(&mut self, view: View) {
        self.view = view;
        self.gallery.look_again();
        if self.view.stage == Stage::Home {
            self.window.joining = None;
            self.window.door = None;
        }
    }

    /// Carries out the commands about this window, in order, and hands the others to `courier`.
    pub fn settle(&mut self, context: &Context, mut courier: impl FnMut(Errand)) {
        for command in std::mem::take(&mut self.tray) {
            match command {
                Command::Wish(wish) => self.wish(wish, &mut courier),
                Command::Fetch(hash) => {
                    self.gallery.await_bytes(hash);
                    courier(Errand::Fetch(hash));
                }
                Command::Copy(text) => {
                    context.copy_text(text);
                    self.window.note = Some(Note::Done(Done::Copied));
                }
                command => self.arrange(command),
            }
        }
        self.take_in_open_thread();
        let keepsake = self.window.keepsake(self.words.language());
        if keepsake != self.kept {
            courier(Errand::Remember(Box::new(keepsake.clone())));
            self.kept = keepsake;
        }
    }

    fn wish(&mut self, wish: Wish, courier: &mut impl FnMut(Errand)) {
        if self.window.underway.contains_key(&wish) {
            return;
        }
        self.window.note = None;
        let (errand, sent) = errand::of(&wish, &self.window, &self.view, self.words.language());
        self.window.underway.insert(wish, sent);
        courier(errand);
    }

    fn arrange(&mut self, command: Command) {
        let window = &mut self.window;
        match command {
            Command::Go(place) => {
                (window.place, window.page, window.tiles) = (place, Page::Front, false);
            }
            Command::Open(page) => self.open(page),
            Command::Begin => self.open(Page::Sheet(self.window.beginning())),
            Command::Back if window.page == Page::Front => {
                window.tiles = window.simple;
                window.door = None;
            }
            Command::Back => window.back(),
            Command::Enter(door) => window.door = door,
            Command::Simplify(simple) => (window.simple, window.tiles) = (simple, simple),
            Command::Wear(look) => {
                window.look = look;
                self.palette = Palette::of(look);
            }
            Command::Resize(percent) => window.percent = percent.clamp(100, 200),
            Command::Speak(language) => self.words = Words::new(language),
            Command::Keep(field, text) => self.keep(field, text),
            Command::Choose(choice) => window.choose(choice),
            Command::Dismiss => window.note = None,
            Command::Wish(_) | Command::Fetch(_) | Command::Copy(_) => {}
        }
    }

    /// A story's draft remembers what its author had read: what is shown now, when its first letter was typed.
    fn keep(&mut self, field: Field, text: String) {
        let (Field::StoryTitle(Some(id)) | Field::StoryText(Some(id))) = field else {
            return self.window.keep(field, text);
        };
        match self.view.stories.iter().find(|story| story.id == id) {
            Some(story) => self.window.keep_of_story(id, &story.version, field, text),
            None => self.window.keep(field, text),
        }
    }

    fn open(&mut self, page: Page) {
        let window = &mut self.window;
        window.tiles = false;
        window.note = None;
        window.place = match &page {
            Page::Notice(_) | Page::Sheet(Sheet::Notice(_)) => Place::Today,
            Page::Thread(_) | Page::Sheet(Sheet::Thread) => Place::Talk,
            Page::Request(_) | Page::Call(_) | Page::Sheet(Sheet::Request) => Place::Matters,
            Page::Story(_) | Page::Sheet(Sheet::Story(_)) => Place::Memory,
            Page::Sheet(Sheet::Invite) => Place::Estate,
            Page::Reach | Page::Front => window.place,
        };
        if let Page::Thread(id) = &page {
            window.new_since = window.seen.get(id).copied();
        }
        if let Page::Sheet(Sheet::Notice(id)) = &page {
            let old = id.and_then(|id| self.view.notices.iter().find(|notice| notice.id == id));
            window.forms = old.map(Forms::of).unwrap_or_default();
        }
        if page == Page::Sheet(Sheet::Invite) {
            window.invite = None;
        }
        window.page = page;
    }

    /// Whatever is in the open thread has been seen.
    fn take_in_open_thread(&mut self) {
        let Page::Thread(id) = self.window.page else { return };
        let thread = self.view.threads.iter().find(|thread| thread.id == id);
        if let Some(newest) = thread.and_then(|thread| thread.messages.last()) {
            self.window.seen.insert(id, newest.id);
        }
    }

    /// Dresses the window if look or scale changed. Cheap when nothing did.
    ///
    /// A `Ui` copies the style when it is made, before the app's logic runs: the root must be told again.
    fn dress(&mut self, ui: &mut Ui) {
        let wanted = (self.window.look, self.window.percent);
        if self.worn != Some(wanted) {
            theme::apply(ui.ctx(), wanted.0, wanted.1);
            ui.reset_style();
            self.worn = Some(wanted);
        }
    }

    /// Paints one frame; commands made meanwhile wait for the next [`Desk::settle`].
    pub fn paint(&mut self, ui: &mut Ui) {
        self.dress(ui);
        keys::read(ui.ctx(), &self.window, &mut self.tray);
        let mut scene = Scene {
            words: &self.words,
            palette: &self.palette,
            window: &self.window,
            view: &self.view,
            gallery: &self.gallery,
            tray: &mut self.tray,
        };
        screen::paint(ui, &mut scene);
        self.take_dropped_files(ui.ctx());
        if !self.tray.is_empty() {
            ui.ctx().request_repaint();
        }
    }

    /// A picture dragged onto the window goes into the field of the page that takes one.
    fn take_dropped_files(&mut self, context: &Context) {
        let field = match self.window.page {
            Page::Story(id) => Field::PicturePath(Some(id)),
            Page::Sheet(Sheet::Request) => Field::PicturePath(None),
            _ => return,
        };
        let dropped = context.input(|input| {
            let file = input.raw.dropped_files.first()?;
            Some(file.path().display().to_string())
        });
        self.tray.extend(dropped.map(|path| Command::Keep(field, path)));
    }
}
